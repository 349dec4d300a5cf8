import { EventSourcePolyfill } from 'event-source-polyfill';
import { print } from './print.mjs';

const source = new EventSourcePolyfill(process.argv[2]);
for (const name of ['message', 'heartbeat', 'reset', 'denied', 'drain']) source.addEventListener(name, print);
