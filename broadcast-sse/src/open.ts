import type { Server } from 'node:http';
import type { Authenticator } from '@carillon/auth';
import type { Parts } from '@carillon/composition';
import type { HttpApp } from '@carillon/http';
import type { ServiceContext } from '@carillon/runtime';
import { createBroadcastApp } from './app.ts';
import type { StreamLimitConfig } from './config.ts';
import { StreamLimit } from './stream-limit.ts';
import { type Listener, listenForStreams } from './stream-listener.ts';

/** The variables of the streams, in broadcast-sse and standalone. */
export interface StreamVariables extends StreamLimitConfig {
  PORT: number;
  /** Every interface if unset. */
  HOST?: string | undefined;
  DRAIN_SECONDS: number;
}

/** The streams of a process, which do not listen yet. */
export interface OpenStreams {
  app: HttpApp;
  /** Makes the server listen. At a stop it takes no more connections before the streams drain. */
  listen(server: Server): Promise<Listener>;
}

/**
 * Starts the streams in a process, and records them in the scope: at a stop the listener takes no more connections, streams end and
 * their clients reconnect within DRAIN_SECONDS, and requests in flight are answered.
 */
export async function openStreams(
  config: StreamVariables,
  { log, scope }: ServiceContext,
  parts: Parts,
  authenticator: Authenticator,
): Promise<OpenStreams> {
  const { limits, proxies } = parts;
  const { STREAMS_PER_ADDRESS, STREAMS_PER_PERSON } = config;
  const broadcast = await createBroadcastApp({
    ...parts,
    authenticator,
    limit: limits && new StreamLimit(limits, STREAMS_PER_ADDRESS, proxies, STREAMS_PER_PERSON),
    maxAgeMs: config.STREAM_MAX_AGE_SECONDS * 1_000,
    log,
  });
  let closed: Promise<void> | undefined;
  scope.defer(async () => {
    await broadcast.close(config.DRAIN_SECONDS * 1_000);
    await closed;
  });
  return {
    app: broadcast.app,
    async listen(server) {
      const { PORT: port, HOST: host } = config;
      const listener = await listenForStreams(server, { port, ...(host !== undefined && { host }) });
      // Awaited above: it resolves once the streams have ended.
      scope.defer(() => {
        closed = listener.close();
      });
      return listener;
    },
  };
}
