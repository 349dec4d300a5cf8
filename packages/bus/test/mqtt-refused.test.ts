import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { expect, it, vi } from 'vitest';
import { openBus } from '../src/index.ts';
import { HEARD_WITHIN } from './contract.ts';
import { messageOf } from './message.ts';

it('an MQTT broker that refuses the subscription is away for who subscribes, with the reason', async () => {
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, _wanted, answer) => answer(null, null),
  });
  const server = createServer(broker.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bus = await openBus(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    await bus.subscribe(() => {});
    const publish = () => bus.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitFor(
      () => expect(publish()).rejects.toThrow('the subscription to carillon/channels/+ was refused'),
      HEARD_WITHIN,
    );
    expect(bus.connected).toBe(false);
  } finally {
    await bus.close();
    broker.close();
    server.close();
  }
});
