import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { Api, upTo } from './api.ts';
import { openReader, type Reader } from './reader.ts';

const MB = 1_000_000;

/** What passes while a reader does not read, and before that to warm up. */
const TRAFFIC_BYTES = 50 * MB;
const STALL_MS = 20_000;

/** As much in half the time: a process reaches its size sooner when it works harder. */
const WARM_UP_MS = 10_000;

/** The memory before is the most of the end of the warm-up: making the database took more for a moment, and gave it back. */
const SETTLED_MS = 3_000;

/** Half of what passes. A server that kept for the reader what it does not take would grow by nearly all of it; measured: 1 to 3 MB. */
const MAX_GROWTH_BYTES = TRAFFIC_BYTES / 2;

/**
 * It is in the second of these that the process must not grow: where garbage is left lying for longer it grows in the first,
 * while what is kept for a reader comes on top each time. After a third one this reader would be closed.
 */
const STALLS = 2;

const MIN_BODY_BYTES = 10;
const MAX_BODY_BYTES = 64 * 1024;

/** Other readers have a message this long after its 201, ms: in a moment, on a machine that is busy with other tests. */
const DELIVERED_WITHIN_MS = 2_000;

/** All but one in a hundred; the others before half of the stall is over, ms: a process that makes room stands still for a moment. */
const LATE_SHARE = 0.01;
const LATEST_MS = STALL_MS / 2;

/** More than both kernels' buffers of a connection take (Linux: up to 4 MiB and 6 MiB), so that the server has to wait. */
const OVER_BUFFERS_BYTES = 14 * MB;

/** After 60 s without a byte taken a reader is closed; found out within some seconds. */
const CLOSED_WITHIN_MS = 90_000;

const soon = { timeout: 60_000, interval: 50 };

interface Receiver {
  readonly reader: Reader;
  readonly seqs: readonly number[];
  /** When each came, by `performance.now()`. */
  readonly at: readonly number[];
  /** Every body is what was posted. */
  readonly isWhole: boolean;
}

describe.concurrent('a reader that stops reading', () => {
  let server: Standalone;
  beforeAll(async () => {
    server = await startStandalone();
  });
  afterAll(() => server?.stop());
  /** When each post had its 201, by channel and seq. */
  const answeredAt = new Map<string, number>();

  it('costs no memory and slows no other reader while twice 50 MB pass in 20 s, and then catches up completely', async ({
    expect,
  }) => {
    const live = [receive('busy'), receive('busy')];
    await watchMemory(() => say('busy', TRAFFIC_BYTES, WARM_UP_MS), SETTLED_MS);
    const api = new Api(server.port);
    const head = async () => JSON.parse((await api.call('GET', '/v1/channels/busy')).text).head as number;
    const start = await head();
    await expect.poll(() => live.every(({ seqs }) => seqs.length === start), soon).toBe(true);

    // A new connection: the kernel's buffers grow with what is read, to 37 MB, and would hold most of the traffic.
    const stalled = receive('busy', live[0]?.reader.lastEventId);
    await expect.poll(() => stalled.reader.lastEventId, soon).not.toBe('');
    stalled.reader.pause();
    const most: number[] = [];
    for (let stall = 0; stall < STALLS; stall++) {
      const startedAt = performance.now();
      most.push(
        await watchMemory(async () => {
          await say('busy', TRAFFIC_BYTES, STALL_MS);
          await sleep(startedAt + STALL_MS - performance.now());
        }),
      );
    }
    const [first = 0, second = Number.POSITIVE_INFINITY] = most;
    expect(second - first).toBeLessThan(MAX_GROWTH_BYTES);
    expect(stalled.seqs).toEqual([]);
    expect(stalled.reader.isClosed).toBe(false);

    stalled.reader.resume();
    const all = upTo(await head());
    api.close();
    for (const receiver of [...live, stalled]) {
      const expected = receiver === stalled ? all.slice(start) : all;
      await expect.poll(() => receiver.seqs.length, soon).toBe(expected.length);
      expect(receiver.seqs).toEqual(expected);
      expect(receiver.isWhole).toBe(true);
      receiver.reader.close();
    }
    for (const { seqs, at } of live) {
      const lags = seqs.map((seq, index) => (at[index] ?? 0) - (answeredAt.get(`busy ${seq}`) ?? 0));
      const late = lags.filter((lag) => lag >= DELIVERED_WITHIN_MS).length;
      expect(late / lags.length).toBeLessThan(LATE_SHARE);
      expect(Math.max(...lags)).toBeLessThan(LATEST_MS);
    }
  }, 300_000);

  it('is closed after a minute in which it took nothing, and comes back with its cursor', async ({
    expect,
  }) => {
    const dead = receive('dead');
    await say('dead', MB, 0);
    await expect.poll(() => dead.reader.lastEventId, soon).not.toBe('');
    dead.reader.pause();
    await say('dead', OVER_BUFFERS_BYTES, 2_000);
    const stalled = () => metric('carillon_streams_ended_total{reason="stalled"}');
    await expect.poll(stalled, { timeout: CLOSED_WITHIN_MS, interval: 250 }).toBe(1);

    // What the kernel held for it still comes, and then the end.
    dead.reader.resume();
    await dead.reader.closed;
    const back = receive('dead', dead.reader.lastEventId);
    const api = new Api(server.port);
    const { head } = JSON.parse((await api.call('GET', '/v1/channels/dead')).text) as { head: number };
    api.close();
    const got = () => [...dead.seqs, ...back.seqs];
    await expect.poll(() => got().length, soon).toBe(head);
    expect(back.seqs.length).toBeGreaterThan(0);
    expect(got()).toEqual(upTo(head));
    expect(dead.isWhole && back.isWhole).toBe(true);
    back.reader.close();
  }, 300_000);

  /** The most memory the server has while `work` lasts, or in its last `lastMs`, bytes. */
  async function watchMemory(work: () => Promise<void>, lastMs?: number): Promise<number> {
    const samples: { at: number; bytes: number }[] = [];
    const timer = setInterval(
      () => samples.push({ at: performance.now(), bytes: residentBytes(server.pid) }),
      50,
    );
    await work().finally(() => clearInterval(timer));
    const from = lastMs === undefined ? 0 : performance.now() - lastMs;
    return Math.max(...samples.filter(({ at }) => at >= from).map(({ bytes }) => bytes));
  }

  /** Posts `bytes` of bodies, of all sizes up to the largest, evenly over `ms`; resolves when all are acknowledged. */
  async function say(channel: string, bytes: number, ms: number): Promise<void> {
    const api = new Api(server.port, 20);
    const startedAt = performance.now();
    const posts: Promise<void>[] = [];
    for (let said = 0, count = 0; said < bytes; count++) {
      const early = startedAt + (said / bytes) * ms - performance.now();
      if (early > 0) await sleep(early);
      // Sizes all over the range, the small ones more often.
      const size = Math.round(
        MIN_BODY_BYTES + (MAX_BODY_BYTES - MIN_BODY_BYTES) * ((count * 0.618) % 1) ** 2,
      );
      const body = bodyOf(size);
      said += body.length;
      posts.push(
        api.post(channel, body).then(({ status, text }) => {
          if (status !== 201) throw new Error(text);
          answeredAt.set(`${channel} ${JSON.parse(text).seq}`, performance.now());
        }),
      );
    }
    await Promise.all(posts);
    api.close();
  }

  /** Reads a channel from its first message or from a cursor, and keeps of each message its seq, when it came, and whether it is whole. */
  function receive(channel: string, cursor?: string): Receiver {
    const receiver = { seqs: [] as number[], at: [] as number[], isWhole: true };
    const reader = openReader({
      port: server.port,
      path: `/v1/channels/${channel}/stream?since=earliest`,
      headers: cursor === undefined ? {} : { 'Last-Event-ID': cursor },
      onEvent({ name, data }) {
        if (name !== 'message') return;
        const { seq, body } = JSON.parse(data) as Message;
        receiver.seqs.push(seq);
        receiver.at.push(performance.now());
        receiver.isWhole &&= body === bodyOf(Number.parseInt(body, 10));
      },
    });
    return Object.assign(receiver, { reader });
  }

  async function metric(name: string): Promise<number> {
    const answer = await fetch(`http://127.0.0.1:${server.adminPort}/metrics`);
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(await answer.text())?.[1]);
  }
});

/** A body that contains its own size, so that a reader sees whether it is complete. */
function bodyOf(size: number): string {
  return `${size} `.padEnd(size, 'x');
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;
}
