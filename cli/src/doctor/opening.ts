import type { Patient } from './examine.ts';
import { type Finding, fault, ok, unknown, warning } from './finding.ts';
import { NoAnswer, type Probe, probe } from './probe.ts';
import { headersOf, streamOf, unreachable } from './request.ts';

/** `open` leaves the server at once; what does not bring it within this keeps it back, ms. */
const OPEN_WITHIN_MS = 5_000;

/** What comes with `open`, in one piece, is there by then, ms. */
const REST_WITHIN_MS = 1_000;

/** Clocks further apart make "3 minutes ago" wrong, and tokens expire early or late, ms. */
const MAX_SKEW_MS = 2_000;

/** No cursor of ours: the server says so in the stream, where it hears of it. */
const NO_CURSOR = 'doctor';

export interface Opening {
  findings: Finding[];
  opened: boolean;
}

/** Opens a stream, with a cursor that is none, and looks at what comes first. */
export async function examineOpening(patient: Patient): Promise<Opening> {
  const headers = { ...headersOf(patient), 'last-event-id': NO_CURSOR };
  let stream: Probe;
  try {
    stream = await probe(streamOf(patient), { headers, withinMs: OPEN_WITHIN_MS });
  } catch (error) {
    const why = error instanceof NoAnswer ? BUFFERED : undefined;
    const found = why ?? fault('stream', unreachable(error), 'Look into the log of the proxy.');
    return { findings: [found], opened: false };
  }
  try {
    return await look(stream, patient);
  } finally {
    stream.close();
  }
}

async function look(stream: Probe, patient: Patient): Promise<Opening> {
  const { response } = stream;
  const type = response.headers['content-type'] ?? 'no type';
  if (response.statusCode !== 200 || !type.startsWith('text/event-stream')) {
    return { findings: [refused(response.statusCode ?? 0, type, patient)], opened: false };
  }
  const findings = [ok('stream', 'A stream is answered with 200.'), httpOf(stream)];
  const coding = response.headers['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    const compression = fault(
      'compression',
      `The stream comes packed (${coding}): events wait in the packer until it has enough of them.`,
      'Take text/event-stream out of the types that are compressed (nginx: gzip_types; brotli_types).',
    );
    return { findings: [...findings, compression, ...UNSEEN], opened: false };
  }
  findings.push(ok('compression', 'The stream comes unpacked.'));
  const first = () => stream.events.find(({ name }) => name === 'open');
  if (!(await stream.until(() => first() !== undefined, OPEN_WITHIN_MS))) {
    return { findings: [...findings, BUFFERED, ...UNSEEN], opened: false };
  }
  const open = first();
  const ms = Math.round((open?.at ?? 0) - stream.askedAt);
  findings.push(ok('buffering', `The first event was here after ${ms} ms.`));
  await stream.until(() => stream.events.some(({ name }) => name === 'reset'), REST_WITHIN_MS);
  findings.push(cursorHeader(stream), clock(open?.data, stream.askedAt, open?.at ?? 0));
  return { findings, opened: true };
}

const BUFFERED = fault(
  'buffering',
  `Ordinary calls are answered, and of a stream nothing came within ${OPEN_WITHIN_MS / 1_000} s: something on the way gathers the answer before it passes it on.`,
  'Turn buffering off for streams (nginx: proxy_buffering off, and do not ignore X-Accel-Buffering). With a CDN or a virus scanner on the way: leave text/event-stream out.',
);

/** What stays behind a stream whose events cannot be seen. */
const UNSEEN = (['cursor header', 'clock'] as const).map((name) =>
  unknown(name, 'No event of the stream can be seen.'),
);

function refused(status: number, type: string, { channel, token }: Patient): Finding {
  const seen = `The stream of "${channel}" is answered with ${status}`;
  if (status === 401 || status === 403) {
    const remedy = token === undefined ? 'Bring a token with --token' : 'Bring another token';
    return fault('stream', `${seen}.`, `${remedy}, or name a channel that may be read with --channel.`);
  }
  if (status === 429) return fault('stream', `${seen}.`, 'Too many streams were opened: wait a minute.');
  return fault(
    'stream',
    `${seen} and ${type}.`,
    'Send /v1/stream and /v1/channels/*/stream to the broadcast service, and look whether it runs (/checks).',
  );
}

function httpOf({ response }: Probe): Finding {
  const received = response.headers['carillon-received'];
  if (response.httpVersion === '1.0') {
    return fault(
      'http',
      'What answers speaks HTTP/1.0: such a proxy may keep an answer until it is whole.',
      'Replace it, or let it pass the connection through (CONNECT, or TLS).',
    );
  }
  if (received === 'HTTP/1.0') {
    return warning(
      'http',
      'The proxy asks Carillon by HTTP/1.0: each call costs it a new connection.',
      'nginx: proxy_http_version 1.1 and proxy_set_header Connection "".',
    );
  }
  const behind = received === undefined ? '' : `; what is before Carillon asks it by ${received}`;
  return ok('http', `HTTP/${response.httpVersion}${behind}.`);
}

function cursorHeader({ events }: Probe): Finding {
  const reset = events.find(({ name }) => name === 'reset');
  if (reset !== undefined) return ok('cursor header', 'Last-Event-ID comes through.');
  return fault(
    'cursor header',
    'Last-Event-ID does not come through: after each cut a reader begins anew, and misses what came between.',
    'Let the request header Last-Event-ID pass (look for a list of allowed headers in the proxy or firewall).',
  );
}

function clock(open: unknown, askedAt: number, at: number): Finding {
  const time =
    typeof open === 'object' && open !== null && 'time' in open ? Date.parse(String(open.time)) : NaN;
  if (Number.isNaN(time)) return unknown('clock', 'The event says no time.');
  // The server wrote it between question and answer: in the middle, give or take half of that.
  const heardAt = Date.now() - (performance.now() - at);
  const uncertain = (at - askedAt) / 2;
  const skew = heardAt - uncertain - time;
  const apart = Math.max(0, Math.abs(skew) - uncertain);
  const seconds = (apart / 1_000).toFixed(1);
  if (apart <= MAX_SKEW_MS) return ok('clock', `The server's clock and this one are ${seconds} s apart.`);
  return fault(
    'clock',
    `The server's clock is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} this one.`,
    'Let both be set by NTP: tokens expire early or late, and times are shown wrong.',
  );
}
