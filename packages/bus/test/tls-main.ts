import { setTimeout as sleep } from 'node:timers/promises';
import { openBus } from '@carillon/bus';
import { messageOf } from './message.ts';

/** Publishes one message to itself over BUS_URL and prints it; a process of its own, since trust is set at its start. */
const bus = await openBus(process.env.BUS_URL ?? '');
for (let tries = 0; !bus.connected && tries < 300; tries++) await sleep(10);
const arrived = new Promise((resolve) => {
  void bus.subscribe((_channel, messages) => resolve(messages));
});
await bus.publish('lobby', [messageOf('lobby', 1)]);
console.log(JSON.stringify(await arrived));
await bus.close();
