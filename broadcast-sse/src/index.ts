export { type BroadcastApp, createBroadcastApp } from './app.ts';
export { streamLimitConfig } from './config.ts';
export { openStreams } from './open.ts';
export { StreamLimit } from './stream-limit.ts';
export { type Listener, listenForStreams } from './stream-listener.ts';
export { prefersPage } from './stream-or-page.ts';
