export { type BroadcastApp, createBroadcastApp } from './app.ts';
export { type Listener, listenForStreams } from './stream-listener.ts';
