import EventSource from 'eventsource-2';
import { print } from './print.mjs';

const source = new EventSource(process.argv[2]);
for (const name of ['message', 'heartbeat', 'reset', 'denied', 'drain']) source.addEventListener(name, print);
