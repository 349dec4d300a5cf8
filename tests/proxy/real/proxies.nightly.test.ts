import { afterAll, beforeAll, describe, it } from 'vitest';
import { freePort } from '../../servers/free-port.ts';
import { type Standalone, startStandalone } from '../../servers/standalone.ts';
import { ask } from '../ask.ts';
import {
  converse,
  FORGED,
  fill,
  holdStill,
  post,
  readersOn,
  reading,
  STREAMS_PER_ADDRESS,
  statusOf,
  streamOf,
  type Through,
  writeAsPage,
} from './behaviour.ts';
import { printedFor } from './page.ts';
import { isInstalled, KINDS, type RunningProxy, startPrinted } from './proxies.ts';
import { read } from './reader.ts';

/** More than a proxy would pass on if each message had to push out the one before. */
const MESSAGES = 12;
/** Some 15 s each: five outlive the usual time limits of proxies, which are 60 s, or minutes. */
const HEARTBEATS = 5;
/** Many proxies notice that a reader has left only when they next write, after a heartbeat or two; this ends what hangs. */
const LEAVING = { timeout: 300_000, interval: 1_000 };
/** Five heartbeats, and the patience of a busy machine. */
const WITHIN_MS = 400_000;

/** Those that can say something else than 502 to an EventSource while Carillon is away. */
const LEADS_BACK = ['nginx', 'Caddy', 'HAProxy', 'Varnish'];

/** Those that say nothing of https, so that anybody may: it only makes their own cookie count for less. */
const SAYS_NO_SCHEME = ['Varnish', 'Squid'];

/** One for each environment that the page prints. */
const carillons = new Map<string, Promise<Standalone>>();

function carillonFor(environment: Record<string, string>): Promise<Standalone> {
  const key = JSON.stringify(environment);
  const known = carillons.get(key);
  if (known !== undefined) return known;
  const env = { ...environment, STREAMS_PER_ADDRESS: String(STREAMS_PER_ADDRESS) };
  const started = startStandalone({ env });
  carillons.set(key, started);
  return started;
}

afterAll(async () => {
  for (const carillon of carillons.values()) await (await carillon).stop();
});

describe.concurrent.each(Object.entries(KINDS))('behind %s, as docs/proxies.md says,', (name, kind) => {
  const installed = isInstalled(name, kind);
  const printed = printedFor(name);
  const place = Object.keys(KINDS).indexOf(name) + 1;
  let carillon: Standalone;
  let proxy: RunningProxy;

  /** Each part of the suite has a channel and an address of its own. */
  const through = (part: number): Through => ({
    url: proxy.url,
    carillon: carillon.url,
    channel: `through-${place}-${part}`,
    from: `127.0.${place}.${part}`,
  });

  beforeAll(async () => {
    if (!installed) return;
    carillon = await carillonFor(printed.environment);
    proxy = await startPrinted(kind, printed, carillon.port);
  });
  afterAll(() => proxy?.stop());

  it.skipIf(!installed)('each event comes as soon as it is there, in order', async ({ expect }) => {
    const { came, beats } = await converse(through(1), MESSAGES);
    expect(came).toEqual(Array.from({ length: MESSAGES }, (_, index) => String(index + 1)));
    expect(beats).toBeLessThan(MESSAGES / 2);
  });

  it.skipIf(!installed)('a page signs in and writes', async ({ expect }) => {
    expect(await writeAsPage(through(2))).toEqual([200, 201]);
  });

  it.skipIf(!installed || SAYS_NO_SCHEME.includes(name))(
    'nobody makes up that they came by https',
    async ({ expect }) => {
      const headers = { 'X-Forwarded-Proto': 'https', Forwarded: 'for=_a;proto=https' };
      const signIn = {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: '{"name":"Ada"}',
      };
      const { headers: answered } = await ask(`${proxy.url}/v1/session`, signIn);
      expect(answered['set-cookie']?.[0]).toMatch(/^carillon_session=/);
    },
  );

  it.skipIf(!installed)('a caller has their own address, and cannot choose another', async ({ expect }) => {
    const caller = through(3);
    const open = await fill(caller);
    expect(open).toHaveLength(STREAMS_PER_ADDRESS);
    expect(await statusOf(caller)).toBe(429);
    for (const forged of FORGED) expect(await statusOf(caller, forged), JSON.stringify(forged)).toBe(429);
    expect(await statusOf({ ...caller, from: through(4).from })).toBe(200);
    for (const reader of open) reader.leave();
  });

  it.skipIf(!installed)(
    'Carillon notices that a reader has left',
    async ({ expect }) => {
      const reader = await reading(through(5));
      await expect.poll(() => readersOn(through(5))).toBe(1);
      reader.leave();
      await expect.poll(() => readersOn(through(5)), LEAVING).toBe(0);
    },
    WITHIN_MS,
  );

  it.skipIf(!installed)(
    'a stream without messages stays',
    async ({ expect }) => {
      expect(await holdStill(through(6), HEARTBEATS)).toEqual(['still there']);
    },
    WITHIN_MS,
  );

  it.skipIf(!installed || !LEADS_BACK.includes(name))(
    'EventSource is told to come back while Carillon is away, and no post is taken for stored',
    async ({ expect }) => {
      const alone = await startPrinted(kind, printed, await freePort());
      const reader = await read(streamOf(alone.url, 'away'));
      await expect.poll(() => reader.ended).toBe(true);
      const { status, headers, retryMs } = reader;
      expect([status, headers['content-type'], retryMs]).toEqual([200, 'text/event-stream', 3_000]);
      expect(await post(alone.url, 'away', 'Hello')).toBeGreaterThanOrEqual(500);
      expect((await ask(`${alone.url}/v1/channels`)).status).toBeGreaterThanOrEqual(500);
      await alone.stop();
    },
  );
});
