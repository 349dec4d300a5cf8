import { Carillon } from '@carillon/client';
import type { Message } from '@carillon/protocol';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { type Fate, startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';
import { Api, seqs, upTo } from './api.ts';
import { follow, messagesOf, withoutRepeats } from './follower.ts';

const CUTS = 50;

/** Each test ends when its reader was cut so often, or fails after this. */
const CUT_WITHIN_MS = 120_000;

/** Up to here a connection lives, bytes: part of the answer's head (some 230), one event, or many. */
const MAX_BYTES = 12_000;

/** A stream's request has more bytes than this: a cut on the way to the server goes through its middle. */
const MAX_REQUEST_BYTES = 60;

/** The largest message, as JSON: a connection that lives long enough passes it. */
const MAX_MESSAGE_BYTES = 6_000;

const soon = { timeout: 40_000, interval: 20 };

/** A proxy that cuts the first {@link CUTS} connections: one in five within its request, the others within the answer; half of them with a reset. */
async function startCuttingProxy(target: number): Promise<TcpProxy> {
  const proxy: TcpProxy = await startTcpProxy(target, () => (proxy.cuts < CUTS ? randomFate() : {}));
  return proxy;
}

function randomFate(): Fate {
  const up = Math.random() < 0.2;
  const bytes = 1 + Math.floor(Math.random() * (up ? MAX_REQUEST_BYTES : MAX_BYTES));
  return { [up ? 'toServer' : 'toClient']: bytes, abrupt: Math.random() < 0.5 };
}

describe.concurrent('a stream that is cut 50 times, anywhere, while messages flow', () => {
  let server: Standalone;
  beforeAll(async () => {
    server = await startStandalone();
  });
  afterAll(() => server?.stop());

  it('brings each message once and in order to a client that returns with Last-Event-ID', async ({
    expect,
  }) => {
    const proxy = await startCuttingProxy(server.port);
    const follower = follow(proxy.port, ['raw']);
    const said = await sayUntil(['raw'], () => proxy.cuts >= CUTS);
    await expect.poll(() => follower.arrivals.length, soon).toBe(said.length);
    expect(messagesOf(follower.arrivals, 'raw')).toEqual(said);
    expect(follower.others.filter(({ name }) => name === 'reset')).toEqual([]);
    await follower.close();
    await proxy.close();
  }, 240_000);

  it('brings each message of several channels, in order, to a client that drops repeats', async ({
    expect,
  }) => {
    const channels = ['one', 'two', 'three'];
    const proxy = await startCuttingProxy(server.port);
    const follower = follow(proxy.port, channels);
    const said = await sayUntil(channels, () => proxy.cuts >= CUTS);
    await expect.poll(() => withoutRepeats(follower.arrivals).length, soon).toBe(said.length);
    for (const channel of channels) {
      expect(messagesOf(withoutRepeats(follower.arrivals), channel)).toEqual(
        said.filter((message) => message.channel === channel),
      );
    }
    expect(follower.others.filter(({ name }) => name === 'reset')).toEqual([]);
    await follower.close();
    await proxy.close();
  }, 240_000);

  it.for([{ channels: ['sdk'] }, { channels: ['sdk-a', 'sdk-b', 'sdk-c'] }])(
    'gives each message once and in order to the application of the SDK, of $channels.length channels',
    { timeout: 240_000 },
    async ({ channels }, { expect }) => {
      const proxy = await startCuttingProxy(server.port);
      const got: Message[] = [];
      const faults: unknown[] = [];
      const carillon = new Carillon({
        url: `http://127.0.0.1:${proxy.port}`,
        backoff: { baseMs: 5, maxMs: 40 },
      });
      const subscription = carillon.subscribe(channels, {
        since: 'earliest',
        onMessage: (message) => got.push(message),
        onReset: (reset) => faults.push(reset),
        onHole: (hole) => faults.push(hole),
      });
      const said = await sayUntil(channels, () => proxy.cuts >= CUTS);
      await expect.poll(() => got.length, soon).toBe(said.length);
      for (const channel of channels) {
        expect(got.filter((message) => message.channel === channel)).toEqual(
          said.filter((message) => message.channel === channel),
        );
      }
      expect(faults).toEqual([]);
      subscription.close();
      await proxy.close();
    },
  );

  /** Posts to the channels in turn, a few at a time, until `isEnough`; gives all of it in order of channel and seq. */
  async function sayUntil(channels: readonly string[], isEnough: () => boolean): Promise<Message[]> {
    const api = new Api(server.port, channels.length);
    const deadline = Date.now() + CUT_WITHIN_MS;
    for (let count = 0; !isEnough(); count++) {
      if (Date.now() > deadline) throw new Error(`not cut ${CUTS} times within ${CUT_WITHIN_MS} ms`);
      const answers = await Promise.all(
        channels.map((channel) => api.post(channel, body(count), `${channel}-${count}`)),
      );
      const refused = answers.find(({ status }) => status !== 201);
      if (refused !== undefined) throw new Error(refused.text);
    }
    const logs = await Promise.all(channels.map((channel) => api.log(channel)));
    api.close();
    for (const log of logs) {
      if (seqs(log).join() !== upTo(log.length).join()) throw new Error('the log has a hole');
    }
    return logs.flat();
  }

  /** Mostly a line, at times more than fits between two cuts of a connection; with characters of all lengths, that cuts go through. */
  function body(count: number): string {
    const piece = 'aé€𝄞\n';
    const bytes = Math.random() < 0.1 ? MAX_MESSAGE_BYTES : Math.random() * 400;
    return `${count} ${piece.repeat(bytes / (Buffer.byteLength(piece) + 1))}`;
  }
});
