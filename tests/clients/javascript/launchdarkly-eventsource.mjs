import { EventSource } from 'launchdarkly-eventsource';
import { print } from './print.mjs';

const source = new EventSource(process.argv[2]);
for (const name of ['message', 'heartbeat', 'reset', 'denied', 'drain']) source.addEventListener(name, print);
// An emitter of Node: an error that nobody listens to ends the process.
source.onerror = () => {};
