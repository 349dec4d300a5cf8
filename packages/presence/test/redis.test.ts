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
import { person, presenceContract } from './contract.ts';

interface Node extends Presence {
  /** What it told last of a channel. */
  last(channel: string): PresenceEvent | undefined;
}

/** The lease, a renewal, two turns, and what a busy machine adds, ms: after this a node that was killed has left nothing. */
const GONE_WITHIN_MS = 35_000;
/** The last lease of a node that ends in good order, a renewal of the others, and two turns, ms. */
const CLOSED_WITHIN_MS = 20_000;
/** What a node waits for a Redis that hangs, and what a busy machine adds, ms. */
const ANSWERED_WITHIN_MS = 10_000;
/** What comes to the client is gathered so long, ms: well below what a command may take. */
const LUMP_MS = 300;
/** In about every third an answer and what another node tells meanwhile come together. */
const LUMP_ROUNDS = 12;
/** A change of another node is told within two turns; and what a busy machine adds, ms. */
const TOLD_WITHIN_MS = 20_000;
const NODE = fileURLToPath(new URL('./processes/node.ts', import.meta.url));

describe.skipIf(!redisInstalled)('on Redis', { timeout: 90_000 }, () => {
  let redis: Redis;
  const opened: Presence[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((presence) => presence.close()));
  });

  presenceContract('on Redis', () => openRedisPresence(redis.url), CLOSED_WITHIN_MS);

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

  it('is right again after Redis was flushed', async () => {
    const [one, other] = await two('flushed');
    await redis.command('FLUSHALL');
    expect(await one.read('flushed')).toMatchObject({ count: 0 });
    await eventuallyHolds(async () => {
      for (const each of [one, other]) expect(await each.read('flushed')).toMatchObject({ count: 2 });
    }, 30_000);
    await seeEachOther(one, other, 'flushed');
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

  it('tells the others of a hundred calls of one who types in a few messages', async () => {
    const [one, other] = [await node(), await node()];
    const heard: string[] = [];
    other.followTyping((channel, { id }) => heard.push(`${channel} ${id}`));
    await eventuallyHolds(() => {
      one.type('before', person('eve'));
      expect(heard).toContain('before eve');
    });
    const start = performance.now();
    for (let call = 0; call < 100; call++) {
      one.type('busy', person('ada'));
      await sleep(10);
    }
    one.type('last', person('ada'));
    await eventuallyHolds(() => expect(heard).toContain('last ada'));
    const told = heard.filter((line) => line === 'busy ada').length;
    expect(told).toBeGreaterThan(0);
    // One more: timers end a moment early.
    expect(told).toBeLessThanOrEqual(2 + (performance.now() - start) / TYPING_GATHER_MS);
  });

  it('takes nobody as typing whom no node can have told of, and goes on', async () => {
    const [one, other] = [await node(), await node()];
    const heard: string[] = [];
    other.followTyping((channel, { id }) => heard.push(`${channel} ${id}`));
    await eventuallyHolds(() => {
      one.type('before', person('eve'));
      expect(heard).toContain('before eve');
    });
    heard.length = 0;
    const typing = (entry: object, count = 1) =>
      JSON.stringify({ node: 'x', typing: Array(count).fill(entry) });
    for (const message of [
      'not json',
      typing({ channel: 'Lobby!', person: person('x') }),
      typing({ channel: 'lobby', person: { id: 'x', name: 'a\nb' } }),
      typing({ channel: 'lobby', person: person('x') }, 501),
      JSON.stringify({ node: 'x', typing: [], pad: 'x'.repeat(600_000) }),
    ])
      await redis.command('PUBLISH', 'carillon:presence:typing', message);
    one.type('after', person('ada'));
    await eventuallyHolds(() => expect(heard).toContain('after ada'));
    expect(heard.filter((line) => !line.startsWith('before'))).toEqual(['after ada']);
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
    }, 30_000);
    expect(heard.other).not.toContain('alone');
  });

  it('takes nothing from Redis that is not presence', async () => {
    const [one] = await two('hostile');
    const nodes = ['0000000000000001', '0000000000000002', '0000000000000003', '0000000000000004'];
    const parts = [
      'not json',
      JSON.stringify({ anonymous: -1, more: 0, people: [] }),
      JSON.stringify({ anonymous: 0, more: 0, people: [{ id: 'x', name: 'a\nb' }] }),
      JSON.stringify({ anonymous: 0, more: 0, people: [], pad: 'x'.repeat(300_000) }),
    ];
    for (const [index, id] of nodes.entries()) {
      await redis.command('SADD', 'carillon:presence:nodes', id, `<script>${index}`);
      await redis.command('SET', `carillon:presence:node:${id}`, '1', 'PX', '60000');
      await redis.command('SET', `carillon:presence:part:${id}:hostile`, parts[index] ?? '');
      await redis.command('PUBLISH', 'carillon:presence:changed', parts[index] ?? '');
    }
    expect(await one.read('hostile')).toMatchObject({ count: 2, anonymous: 0 });
    await redis.command('SADD', 'carillon:presence:nodes', '0000000000000005');
    await redis.command('SET', 'carillon:presence:node:0000000000000005', '1', 'PX', '60000');
    const good = JSON.stringify({ anonymous: 3, more: 0, people: [] });
    await redis.command('SET', 'carillon:presence:part:0000000000000005:hostile', good);
    await eventuallyHolds(async () =>
      expect(await one.read('hostile')).toMatchObject({ count: 2, anonymous: 3 }),
    );
  });

  it('reads a channel once for two hundred who ask together, and again later', async () => {
    const one = await node();
    await redis.command('CONFIG', 'RESETSTAT');
    const asked = performance.now();
    const answers = await Promise.all(Array.from({ length: 200 }, () => one.read('asked')));
    expect(answers).toEqual(Array(200).fill({ channel: 'asked', count: 0, anonymous: 0, people: [] }));
    const calls = Number(
      /cmdstat_srandmember:calls=(\d+)/.exec(await redis.command('INFO', 'commandstats'))?.[1],
    );
    expect(calls).toBeLessThanOrEqual(1 + Math.floor((performance.now() - asked) / TURN_MS));
    (await node()).join('asked', person('ada'));
    await eventuallyHolds(async () => expect(await one.read('asked')).toMatchObject({ count: 1 }), 30_000);
  });

  it('is away with a wrong password, and harms nobody', async () => {
    const lines: string[] = [];
    const log = { warn: (_: object, line: string) => lines.push(line), info: () => {} };
    const presence = openRedisPresence(`redis://:wrong@127.0.0.1:${redis.port}`, { log });
    opened.push(presence);
    await eventuallyHolds(() => expect(lines).toEqual(['Redis is away']));
    presence.join('lobby', person('ada'));
    expect(presence.connected).toBe(false);
    await expect(presence.read('lobby')).rejects.toThrow(PresenceUnavailable);
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
