import { clock } from './clock.ts';
import { type Finding, fault, ok, unknown, warning } from './finding.ts';
import { examineFirstEvent, NEXT_WITHIN_MS, OPEN_WITHIN_MS } from './first-event.ts';
import { NoAnswer, type Probe, probe } from './probe.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import { streamHeaders, streamOf, type Target } from './target.ts';
import { isPacked, unpackerOf } from './unpack.ts';
import { unreachable } from './unreachable.ts';

/** Whatever is sent together with `open` has arrived by then, ms. */
const REST_WITHIN_MS = 1_000;

/** An invalid cursor: the server reports it in the stream, if it receives it. */
const NO_CURSOR = 'doctor';

export interface Opening {
  findings: Finding[];
  /** Events of a stream can be read. */
  opened: boolean;
}

/** Results of the earlier checks. */
export interface Known {
  /** How long an ordinary request took, ms. */
  callMs: number;
  proxies: readonly ProxyName[];
}

/** Opens a stream with an invalid cursor, and checks what arrives first, and when. */
export async function examineOpening(target: Target, { callMs, proxies }: Known): Promise<Opening> {
  const headers = { ...streamHeaders(target), 'last-event-id': NO_CURSOR };
  let stream: Probe;
  try {
    stream = await probe(streamOf(target), { headers, withinMs: NEXT_WITHIN_MS });
  } catch (error) {
    const found =
      error instanceof NoAnswer
        ? nothingCame(proxies)
        : fault('stream', unreachable(error), 'Check the log of the proxy.');
    return { findings: [found], opened: false };
  }
  try {
    return await look(stream, target, { callMs, proxies });
  } finally {
    stream.close();
  }
}

async function look(stream: Probe, target: Target, { callMs, proxies }: Known): Promise<Opening> {
  const { response } = stream;
  const type = response.headers['content-type'] ?? 'no type';
  if (response.statusCode !== 200 || !type.startsWith('text/event-stream')) {
    return { findings: [refused(response.statusCode ?? 0, type, target)], opened: false };
  }
  const findings = [ok('stream', 'A stream request returns 200.'), httpOf(stream, proxies)];
  const first = () => stream.events.find(({ name }) => name === 'open');
  const left = NEXT_WITHIN_MS - (performance.now() - stream.askedAt);
  const opened = await stream.until(() => first() !== undefined, left);
  const ms = (first()?.at ?? Number.POSITIVE_INFINITY) - stream.askedAt;
  findings.push(...whetherItCame(stream, ms, proxies));
  if (!opened) return { findings: [...findings, ...UNSEEN], opened: false };
  findings.push(await examineFirstEvent(target, { stream, callMs, proxies }));
  await stream.until(() => stream.events.some(({ name }) => name === 'reset'), REST_WITHIN_MS);
  const time =
    ms <= OPEN_WITHIN_MS
      ? clock(first()?.data, stream.askedAt, first()?.at ?? 0)
      : unknown(
          'clock',
          'The event was held back for longer than clocks may differ, so the clocks cannot be compared.',
        );
  return { findings: [...findings, cursorHeader(stream, proxies), time], opened: true };
}

/** Compression is a fault only if it holds events back; if an uncompressed stream is held back, it is buffering. */
function whetherItCame(stream: Probe, ms: number, proxies: readonly ProxyName[]): Finding[] {
  const coding = stream.response.headers['content-encoding'];
  if (isPacked(coding)) {
    const remedy = remedyFor('packed', proxies);
    const packed = `The stream is compressed (${coding})`;
    if (unpackerOf(coding) === undefined) {
      const why = `${packed}, in a coding that the client did not ask for.`;
      return [fault('compression', why, remedy), unknown('buffering', 'The stream cannot be decompressed.')];
    }
    if (ms > OPEN_WITHIN_MS) {
      const why = `${packed}: events wait in the compressor until it has enough data.`;
      return [fault('compression', why, remedy), unknown('buffering', 'Events wait in the compressor.')];
    }
    const why = `${packed}. Events arrive in time, but each stream costs the proxy memory, and not every client can decompress.`;
    return [warning('compression', why, remedy), COMES];
  }
  const unpacked = ok('compression', 'The stream is not compressed.');
  if (ms < Number.POSITIVE_INFINITY) return [unpacked, COMES];
  return [unpacked, stream.endedAt === undefined ? nothingCame(proxies) : cutAtOnce(stream, proxies)];
}

const COMES = ok('buffering', 'Events arrive as soon as they are sent.');

function cutAtOnce({ bytes }: Probe, proxies: readonly ProxyName[]): Finding {
  return fault(
    'buffering',
    `The stream was cut after ${bytes} bytes, before its first event.`,
    remedyFor('cut after bytes', proxies),
  );
}

function nothingCame(proxies: readonly ProxyName[]): Finding {
  return fault(
    'buffering',
    `Ordinary requests are answered, but nothing of a stream arrived within ${NEXT_WITHIN_MS / 1_000} s: something in between buffers the response before it passes it on.`,
    remedyFor('gathered', proxies),
  );
}

/** Checks that are impossible without the events of a stream. */
const UNSEEN = (['first event', 'cursor header', 'clock'] as const).map((name) =>
  unknown(name, 'No event of the stream arrived.'),
);

function refused(status: number, type: string, { channel, token }: Target): Finding {
  const seen = `The request for the stream of "${channel}" returned ${status}`;
  if (status === 401 || status === 403) {
    const remedy = token === undefined ? 'Pass a token with --token' : 'Pass another token';
    return fault('stream', `${seen}.`, `${remedy}, or choose a channel that you may read with --channel.`);
  }
  if (status === 429) return fault('stream', `${seen}.`, 'Too many streams were opened. Wait a minute.');
  return fault(
    'stream',
    `${seen} and ${type}.`,
    'Send /v1/stream and /v1/channels/*/stream to the broadcast service, and check that it is running (/checks).',
  );
}

function httpOf({ response }: Probe, proxies: readonly ProxyName[]): Finding {
  const received = response.headers['carillon-received'];
  if (response.httpVersion === '1.0') {
    return fault(
      'http',
      'The response is HTTP/1.0: such a proxy may hold a response back until it is complete.',
      'Replace the proxy, or let it pass the connection through (CONNECT or TLS).',
    );
  }
  if (received === 'HTTP/1.0') {
    return warning(
      'http',
      'The proxy talks to Carillon over HTTP/1.0: each request needs a new connection.',
      remedyFor('asked by HTTP/1.0', proxies),
    );
  }
  const behind =
    received === undefined ? '' : `; the proxy in front of Carillon talks to it over ${received}`;
  return ok('http', `HTTP/${response.httpVersion}${behind}.`);
}

function cursorHeader({ events }: Probe, proxies: readonly ProxyName[]): Finding {
  const reset = events.find(({ name }) => name === 'reset');
  if (reset !== undefined) return ok('cursor header', 'Last-Event-ID reaches Carillon.');
  return fault(
    'cursor header',
    'Last-Event-ID does not reach Carillon: after each cut a reader starts over and misses the events in between.',
    remedyFor('cursor header dropped', proxies),
  );
}
