import { ask } from '../ask.ts';
import { bodies, type Reader, read } from './reader.ts';

/** Carillon behind a proxy, as its users reach it. */
export interface Through {
  /** Of the proxy, as a browser has it. */
  url: string;
  /** Of Carillon itself, past the proxy. */
  carillon: string;
  /** A channel that nobody else uses. */
  channel: string;
  /** The address to come from, of 127.0.0.0/8, that nobody else comes from. */
  from: string;
}

/** What one address may have open, of the Carillons of these tests. */
export const STREAMS_PER_ADDRESS = 5;

/** The first event of a stream. */
export const isOpen = ({ name }: { name: string }) => name === 'open';
const isHeartbeat = ({ name }: { name: string }) => name === 'heartbeat';
/** How many heartbeats came. */
export const heartbeats = ({ events }: Pick<Reader, 'events'>) => events.filter(isHeartbeat).length;

/** The address of a channel's stream. */
export const streamOf = (url: string, channel: string) => `${url}/v1/channels/${channel}/stream`;

/** Opens a stream from `from`, with other headers where they are given. */
export function reading({ url, channel, from }: Through, headers = {}): Promise<Reader> {
  return read(streamOf(url, channel), { localAddress: from, headers });
}

/** Posts a text without a session. Returns the status of the answer. */
export async function post(url: string, channel: string, body: string): Promise<number> {
  const headers = { 'Content-Type': 'text/plain' };
  return (await ask(`${url}/v1/channels/${channel}/messages`, { method: 'POST', headers, body })).status;
}

/**
 * Posts so many messages through the proxy, each once the one before has come back on a stream through it. Gives what came, and
 * how many heartbeats came meanwhile: where the proxy holds back what it has until more comes, each message costs one.
 */
export async function converse(
  through: Through,
  messages: number,
): Promise<{ came: string[]; beats: number }> {
  const reader = await reading(through);
  await reader.until(isOpen);
  for (let number = 1; number <= messages; number++) {
    await post(through.url, through.channel, String(number));
    await reader.until(() => bodies(reader).includes(String(number)));
  }
  reader.leave();
  return { came: bodies(reader), beats: heartbeats(reader) };
}

/** Signs in by name and posts, as a page does that a browser has from the proxy; the statuses of both. */
export async function writeAsPage({ url, channel }: Through): Promise<[number, number]> {
  const headers = { Origin: url, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/json' };
  const signIn = { method: 'POST', headers, body: JSON.stringify({ name: 'Ada' }) };
  const session = await ask(`${url}/v1/session`, signIn);
  const [cookie = ''] = session.headers['set-cookie']?.[0]?.split(';') ?? [];
  const message = { method: 'POST', headers: { ...headers, Cookie: cookie }, body: '{"body":"Hello"}' };
  return [session.status, (await ask(`${url}/v1/channels/${channel}/messages`, message)).status];
}

/** Opens streams until one is refused, or until one address has as many as it may. Returns them. */
export async function fill(through: Through): Promise<Reader[]> {
  const open: Reader[] = [];
  while (open.length < STREAMS_PER_ADDRESS) {
    const reader = await reading(through);
    if (reader.status !== 200) break;
    open.push(reader);
  }
  return open;
}

/** Headers that a caller may forge to look like another. */
export const FORGED: readonly Record<string, string>[] = [
  { 'X-Forwarded-For': '203.0.113.9' },
  { 'X-Real-IP': '203.0.113.9' },
  { Forwarded: 'for=203.0.113.9' },
  { Forwarded: 'for="203.0.113.9' },
  { 'X-Forwarded-For': '203.0.113.9', 'X-Real-IP': '203.0.113.9', Forwarded: 'for=203.0.113.9' },
];

/** The status that one more stream is answered with. */
export async function statusOf(through: Through, headers = {}): Promise<number> {
  const reader = await reading(through, headers);
  reader.leave();
  return reader.status;
}

/** How many streams without a session Carillon has on a channel. */
export async function readersOn({
  carillon,
  channel,
}: Pick<Through, 'carillon' | 'channel'>): Promise<number> {
  const { body } = await ask(`${carillon}/v1/channels/${channel}/presence`);
  return (JSON.parse(body) as { anonymous: number }).anonymous;
}

/** Reads a quiet channel until so many heartbeats have come, then posts a message. Returns the messages. */
export async function holdStill(through: Through, beats: number): Promise<string[]> {
  const reader = await reading(through);
  await reader.until(() => heartbeats(reader) >= beats);
  await post(through.carillon, through.channel, 'still there');
  await reader.until(() => bodies(reader).length > 0);
  reader.leave();
  return bodies(reader);
}
