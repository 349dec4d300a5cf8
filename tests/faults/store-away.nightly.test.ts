import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { postgresInstalled, startPostgres } from '../servers/postgres.ts';
import { startStandalone } from '../servers/standalone.ts';
import { type Answer, Api, seqs, upTo } from './api.ts';
import { follow, messagesOf } from './follower.ts';
import { openReader, type Reader } from './reader.ts';

/** While the store is there, and while it is away, each writer has as many answers. */
const ANSWERS = 10;

/** Posts go on one after the other, by this many at once, in as many channels. */
const WRITERS = 8;
const CHANNELS = ['s0', 's1', 's2', 's3'];

/** A refused post is tried again sooner than Retry-After says, so that many are under way when the store goes and comes. */
const RETRY_MS = 50;

const soon = { timeout: 40_000, interval: 50 };

describe.skipIf(!postgresInstalled)('while PostgreSQL is away', () => {
  it('posts and pages are refused with 503, streams stay and new ones open, and afterwards every message is there once', async () => {
    const postgres = await startPostgres();
    const server = await startStandalone({ env: { HISTORY_URL: await postgres.createDatabase() } });
    const single = CHANNELS.map((channel) => follow(server.port, [channel]));
    const several = follow(server.port, CHANNELS);
    const api = new Api(server.port);
    const acknowledged = new Map<string, Message>();
    const refused: Answer[] = [];
    let isSaying = true;
    const saying = Promise.all(upTo(WRITERS).map(say));

    for (const outage of ['first', 'second']) {
      const start = acknowledged.size;
      await expect.poll(() => acknowledged.size, soon).toBeGreaterThan(start + ANSWERS * WRITERS);
      await postgres.kill();
      const before = acknowledged.size;
      const refusedBefore = refused.length;
      await expect.poll(() => refused.length, soon).toBeGreaterThan(refusedBefore + ANSWERS * WRITERS);

      // Both say that the store is away; of a channel that is known here a stream has what this node has. The stranger first:
      // its question to the store is how the node's streams know. Else they ask once a second, and posts are refused sooner.
      const stranger = openReader({ port: server.port, path: `/v1/channels/${outage}/stream` });
      await expect.poll(() => namesOf(stranger), soon).toEqual(['heartbeat']);
      const tail = openReader({ port: server.port, path: '/v1/channels/s0/stream?since=-1' });
      await expect.poll(() => namesOf(tail).slice(0, 3), soon).toEqual(['open', 'heartbeat', 'message']);
      for (const told of [tail.events[1], stranger.events[0]]) {
        expect(JSON.parse(told?.data ?? '')).toMatchObject({ history: 'away' });
      }
      for (const { head } of [tail, stranger]) expect(head).toMatch(/^HTTP\/1.1 200 OK\r\n/);
      expectAway(await api.call('GET', '/v1/channels/s0/messages'));
      expect((await fetch(`http://127.0.0.1:${server.adminPort}/readyz`)).status).toBe(503);

      const refusedSoFar = refused.length;
      await expect.poll(() => refused.length, soon).toBeGreaterThan(refusedSoFar + ANSWERS * WRITERS);
      await postgres.restart();
      await expect.poll(() => namesOf(stranger).includes('open'), soon).toBe(true);
      for (const reader of [tail, stranger]) reader.close();
      await expect.poll(() => acknowledged.size, soon).toBeGreaterThan(before + WRITERS);
    }
    isSaying = false;
    await saying;

    expect(refused.length).toBeGreaterThan(WRITERS);
    for (const answer of refused) expectAway(answer);
    const logs = await Promise.all(CHANNELS.map((channel) => api.log(channel)));
    for (const log of logs) expect(seqs(log)).toEqual(upTo(log.length));
    expect(new Map(logs.flat().map((message) => [message.key ?? '', message]))).toEqual(acknowledged);
    expect(logs.flat()).toHaveLength(acknowledged.size);

    for (const [index, channel] of CHANNELS.entries()) {
      const arrivals = single[index]?.arrivals ?? [];
      await expect.poll(() => arrivals.length, soon).toBe(logs[index]?.length);
      expect(messagesOf(arrivals, channel)).toEqual(logs[index]);
      await expect.poll(() => messagesOf(several.arrivals, channel).length, soon).toBe(logs[index]?.length);
      expect(messagesOf(several.arrivals, channel)).toEqual(logs[index]);
    }
    for (const reader of [...single, several]) {
      expect(reader.connections).toBe(1);
      await reader.close();
    }
    api.close();
    await server.stop();
    await postgres.stop();

    /** Posts one message after the other, each until it is acknowledged. */
    async function say(writer: number): Promise<void> {
      const channel = CHANNELS[writer % CHANNELS.length] as string;
      for (let count = 0; isSaying; count++) {
        const key = `${writer}-${count}`;
        let answer = await api.post(channel, `post ${key}`, key);
        for (; answer.status === 503; answer = await api.post(channel, `post ${key}`, key)) {
          refused.push(answer);
          await sleep(RETRY_MS);
        }
        expect([200, 201]).toContain(answer.status);
        acknowledged.set(key, JSON.parse(answer.text));
      }
    }
  }, 240_000);
});

function namesOf({ events }: Reader): string[] {
  return events.map(({ name }) => name);
}

function expectAway({ status, headers, text }: Answer): void {
  expect(status).toBe(503);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
  expect(['history_away', 'outcome_unknown']).toContain(JSON.parse(text).code);
}
