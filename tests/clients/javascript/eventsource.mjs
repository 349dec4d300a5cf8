import { EventSource } from 'eventsource';
import { print } from './print.mjs';

// Version 5 does not hold its process: where nothing else does, the process ends at a cut, with 0.
setInterval(() => {}, 60_000);

const source = new EventSource(process.argv[2]);
for (const name of ['message', 'heartbeat', 'reset', 'denied', 'drain']) source.addEventListener(name, print);
