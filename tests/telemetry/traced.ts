import { randomBytes } from 'node:crypto';
import { eventually } from '../eventually.ts';
import { lentDatabase } from '../servers/lent.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';
import { openReader, type Reader } from './reader.ts';
import { type Service, startService } from './service.ts';

export const PATIENCE_MS = 60_000;
export const POST = 'POST /v1/channels/{channel}/messages';
const PATH = '/v1/channels/lobby/messages';

/** chat-service and broadcast-sse over one bus, traced, with a reader of the lobby. */
export interface Traced {
  readonly collector: Collector;
  readonly chat: Service;
  readonly broadcast: Service;
  readonly reader: Reader;
  /** Posts in the lobby. */
  post(body: string, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

export async function startTraced(busUrl: string): Promise<Traced> {
  const collector = await startCollector();
  const env = {
    HISTORY_URL: await lentDatabase(),
    BUS_URL: busUrl,
    SESSION_SECRET: 'a secret that both have',
    DRAIN_SECONDS: '0',
    RATE_LIMIT: 'off',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_TRACES_SAMPLER_ARG: '0',
  };
  const [chat, broadcast] = await Promise.all([
    startService('chat-service', env),
    startService('broadcast-sse', env),
  ]);
  const reader = await openReader(`${broadcast.url}/v1/channels/lobby/stream`);
  const post: Traced['post'] = (body, headers = {}) =>
    fetch(`${chat.url}${PATH}`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'text/plain', ...headers },
    });
  /** A member of a Kafka group hears nothing before it has joined. */
  const live = async () => {
    const { traceId, traceparent } = callersTrace();
    await post('is anybody there?', { traceparent });
    const [, receive] = await collected(collector, traceId, [POST, 'receive']);
    return receive?.attributes['carillon.known'] === false;
  };
  await eventually('the bus to bring what is posted', live, PATIENCE_MS);
  return {
    collector,
    chat,
    broadcast,
    reader,
    post,
    async stop() {
      reader.close();
      await Promise.all([chat.stop(), broadcast.stop()]);
      await collector.close();
    },
  };
}

/** What a caller sends that traces what it does. */
export function callersTrace(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

/** The spans of one trace by name, once all of these are there. */
export async function collected(
  collector: Collector,
  traceId: string,
  names: readonly string[],
): Promise<CollectedSpan[]> {
  const found = () => {
    const spans = collector.spansOf(traceId);
    return names.flatMap((name) => spans.find((span) => span.name === name) ?? []);
  };
  const all = () => found().length === names.length;
  await eventually(`${names.join(', ')} of ${traceId}`, all, PATIENCE_MS);
  return found();
}
