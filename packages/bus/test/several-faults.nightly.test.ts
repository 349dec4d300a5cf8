import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Mosquitto, mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { type Bus, BusUnavailable, openBus } from '../src/index.ts';
import { HEARD_WITHIN } from './contract.ts';
import { messageOf } from './message.ts';

describe.runIf(mosquittoInstalled)('several buses as one, as one of their brokers comes and goes', () => {
  let broker: Mosquitto;
  let both: Bus | undefined;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterEach(() => both?.close());
  afterAll(() => broker?.stop());

  it('refuse what one did not take, so that it comes again, and deliver at once through the others', async () => {
    both = await openBus(`memory:${randomUUID()} ${broker.url}`);
    const bus = both;
    await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
    const happened: string[] = [];
    await bus.subscribe(() => void happened.push('heard'));
    broker.freeze();
    try {
      const published = bus.publish('lobby', [messageOf('lobby', 1)]);
      await expect(published.finally(() => happened.push('answered'))).rejects.toBeInstanceOf(BusUnavailable);
      expect(happened).toEqual(['heard', 'answered']);
      expect(bus.connected).toBe(false);
    } finally {
      broker.thaw();
    }
    await vi.waitFor(() => bus.publish('lobby', [messageOf('lobby', 1)]), HEARD_WITHIN);
  });
});
