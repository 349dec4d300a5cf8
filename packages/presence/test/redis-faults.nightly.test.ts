import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PresenceEvent } from '@carillon/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventuallyHolds } from '../../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { type Presence, PresenceUnavailable, TURN_MS, TYPING_GATHER_MS } from '../src/presence.ts';
import { openRedisPresence } from '../src/redis.ts';
import { person } from './contract.ts';
import type { Node } from './in-turns.ts';

/** The lease, a renewal, two turns, and what a busy machine adds, ms: after this a node that was killed has left nothing. */
const GONE_WITHIN_MS = 35_000;
/** What a node waits for a Redis that hangs, and what a busy machine adds, ms. */
const ANSWERED_WITHIN_MS = 10_000;
/** What comes to the client is gathered so long, ms: well below what a command may take. */
const LUMP_MS = 300;
/** In about every third an answer and what another node tells meanwhile come together. */
const LUMP_ROUNDS = 12;
/** A change of another node is told within two turns; and what a busy machine adds, ms. */
const TOLD_WITHIN_MS = 20_000;
const NODE = fileURLToPath(new URL('./processes/node.ts', import.meta.url));

describe.skipIf(!redisInstalled)('faults of Redis', { timeout: 90_000 }, () => {
  let redis: Redis;
  const opened: Presence[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((presence) => presence.close()));
  });

  async function node(url = redis.url): Promise<Node> {
    const presence = openRedisPresence(url);
    opened.push(presence);
    const told = new Map<string, PresenceEvent>();
    presence.follow((present) => told.set(present.channel, present));
    await eventuallyHolds(() => presence.connected);
    return Object.assign(presence, { last: (channel: string) => told.get(channel) });
  }

  /** Two nodes with a person each, who see each other. */
  async function two(channel: string) {
    const [one, other] = [await node(), await node()];
    one.join(channel, person('ada'));
    other.join(channel, person('bob'));
    await seeEachOther(one, other, channel);
    return [one, other] as const;
  }

  const seeEachOther = (one: Node, other: Node, channel: string) =>
    eventuallyHolds(() => {
      for (const each of [one, other])
        expect(each.last(channel)?.people).toEqual([person('ada'), person('bob')]);
    }, 30_000);

  it('misses nothing that others tell while it reads, over a connection whose answers come in lumps', {
    timeout: 300_000,
  }, async () => {
    const lumps = await startLumps(redis.port);
    try {
      const behind = await node(redis.url.replace(`:${redis.port}`, `:${lumps.port}`));
      const others = [await node(), await node(), await node()];
      behind.join('lumps', undefined);
      for (let joined = 1; joined <= LUMP_ROUNDS; joined++) {
        behind.join('lumps', undefined);
        for (const other of others) {
          // Their turns fall all over a second, and so on each step of a turn of the one behind.
          await sleep(Math.random() * TURN_MS);
          other.join('lumps', undefined);
        }
        await eventuallyHolds(
          () => expect(behind.last('lumps')?.anonymous).toBe(1 + joined * (1 + others.length)),
          TOLD_WITHIN_MS,
        );
      }
    } finally {
      await Promise.all(opened.splice(0).map((presence) => presence.close()));
      lumps.close();
    }
  });

  it('leaves nothing of a node that was killed once its lease has run out', async () => {
    const child = spawn(
      process.execPath,
      ['--conditions=carillon-source', '--import', 'tsx', NODE, redis.url, 'killed', 'ghost'],
      { stdio: 'inherit' },
    );
    const one = await node();
    one.join('killed', person('ada'));
    await eventuallyHolds(() => expect(one.last('killed')).toMatchObject({ count: 2, anonymous: 1 }), 30_000);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await eventuallyHolds(
      () => expect(one.last('killed')).toMatchObject({ count: 1, anonymous: 0 }),
      GONE_WITHIN_MS,
    );
    expect(await one.read('killed')).toMatchObject({ people: [person('ada')] });
  });

  it('tells the same while Redis is killed, and is right again after it has returned', async () => {
    const [one, other] = await two('restarted');
    await redis.kill();
    await eventuallyHolds(() => !one.connected && !other.connected);
    await expect(one.read('restarted')).rejects.toThrow(PresenceUnavailable);
    one.join('restarted', person('eve'));
    await seeEachOther(one, other, 'restarted');
    await redis.restart();
    await eventuallyHolds(async () => {
      for (const each of [one, other]) {
        expect(each.last('restarted')).toMatchObject({ count: 3 });
        expect(await each.read('restarted')).toMatchObject({ count: 3 });
      }
    }, 30_000);
  });

  it('holds nobody up while Redis is frozen, and is right again after', async () => {
    const [one, other] = await two('frozen');
    redis.freeze();
    try {
      // Measured once: the link is given up then, and whoever asks after that is refused at once.
      const asked = performance.now();
      await expect(one.read('frozen')).rejects.toThrow(PresenceUnavailable);
      await expect(one.ping()).rejects.toThrow(PresenceUnavailable);
      expect(performance.now() - asked).toBeLessThan(ANSWERED_WITHIN_MS);
      await eventuallyHolds(() => !one.connected && !other.connected);
      // The time of the processor: a machine that does other work takes longer for all.
      const joining = process.cpuUsage();
      for (let stream = 0; stream < 10_000; stream++) one.join('frozen', undefined);
      expect(process.cpuUsage(joining).user / 1_000).toBeLessThan(1_000);
    } finally {
      redis.thaw();
    }
    await eventuallyHolds(
      () => expect(other.last('frozen')).toMatchObject({ count: 2, anonymous: 10_000 }),
      30_000,
    );
  });

  it('tells of who types in this node while Redis is away, and of all once it is back', async () => {
    const [one, other] = [await node(), await node()];
    const heard = { one: [] as string[], other: [] as string[] };
    one.followTyping((channel) => heard.one.push(channel));
    other.followTyping((channel) => heard.other.push(channel));
    await redis.kill();
    await eventuallyHolds(() => !one.connected && !other.connected);
    one.type('alone', person('ada'));
    expect(heard.one).toEqual(['alone']);
    // What would be published is lost, not kept for later.
    await sleep(2 * TYPING_GATHER_MS);
    await redis.restart();
    await eventuallyHolds(() => {
      one.type('together', person('ada'));
      expect(heard.other).toContain('together');
    });
    expect(heard.other).not.toContain('alone');
  });
});

/** A TCP proxy that hands on what the server says in lumps: an answer and what was said after it are read at once. */
async function startLumps(target: number): Promise<{ port: number; close(): void }> {
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    const lump: Buffer[] = [];
    const timer = setInterval(() => {
      if (lump.length > 0) client.write(Buffer.concat(lump.splice(0)));
    }, LUMP_MS);
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => lump.push(chunk));
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(timer);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
