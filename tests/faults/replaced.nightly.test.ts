import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Message, ResetEvent } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { type Postgres, postgresInstalled, query, startPostgres } from '../servers/postgres.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import { type Service, startService } from '../telemetry/service.ts';
import { openReader, type Reader } from './reader.ts';

const run = promisify(execFile);

/** Servers start in between, on a machine that does other work. */
const SLOW_MS = 300_000;
const soon = { timeout: 90_000, interval: 100 };

describe.skipIf(!postgresInstalled || !mosquittoInstalled)(
  'a store that is replaced under nodes that run',
  () => {
    let folder: string;
    let postgres: Postgres;
    let broker: ServerProcess & { url: string };
    let store: string;
    let chat: Service;
    let broadcast: Service;
    const readers: Reader[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'carillon-replaced-'));
      [postgres, broker] = await Promise.all([startPostgres(), startMosquitto()]);
      store = await postgres.createDatabase();
      const env = {
        HISTORY_URL: store,
        BUS_URL: broker.url,
        SESSION_SECRET: 'a secret that both have',
        DRAIN_SECONDS: '0',
        RATE_LIMIT: 'off',
      };
      chat = await startService('chat-service', env);
      broadcast = await startService('broadcast-sse', env);
    }, SLOW_MS);
    afterAll(async () => {
      for (const reader of readers) reader.close();
      await Promise.all([chat?.stop(), broadcast?.stop()]);
      await broker?.stop();
      await postgres?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    /** A connection that stays open, so no reader reconnects. */
    const read = async (channel: string): Promise<Reader> => {
      const { port } = new URL(broadcast.url);
      const reader = openReader({ port: Number(port), path: `/v1/channels/${channel}/stream` });
      readers.push(reader);
      await expect.poll(() => reader.events.some(({ name }) => name === 'open'), soon).toBe(true);
      return reader;
    };
    const messagesOf = (reader: Reader) =>
      reader.events.filter(({ name }) => name === 'message').map(({ data }) => JSON.parse(data) as Message);
    const resetsOf = (reader: Reader) =>
      reader.events.filter(({ name }) => name === 'reset').map(({ data }) => JSON.parse(data) as ResetEvent);
    const post = (channel: string, body: string) =>
      fetch(`${chat.url}/v1/channels/${channel}/messages`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'text/plain' },
      });
    const posted = async (channel: string, body: string): Promise<number> => {
      const answer = await post(channel, body);
      expect(answer.status).toBe(201);
      return ((await answer.json()) as Message).seq;
    };

    /** What is posted from now on comes, with the seqs of the store as it is. */
    async function goesOn(reader: Reader, channel: string): Promise<void> {
      const before = messagesOf(reader).length;
      const seq = await posted(channel, 'anew');
      await expect.poll(() => messagesOf(reader).length, soon).toBe(before + 1);
      expect(messagesOf(reader).at(-1)).toMatchObject({ seq, body: 'anew' });
      expect(reader.lastEventId).toMatch(new RegExp(`\\.${seq}$`));
      expect(reader.isClosed).toBe(false);
      const relay = async () => (await fetch(`${chat.adminUrl}/metrics`)).text();
      await expect.poll(relay, soon).toMatch(/^carillon_relay_backlog_messages 0$/m);
    }

    it('by a dump that is restored over it: every reader gets a reset, and goes on', {
      timeout: SLOW_MS,
    }, async () => {
      const channel = 'restored';
      const reader = await read(channel);
      for (let count = 0; count < 5; count++) await posted(channel, 'kept');
      const dump = join(folder, 'dump');
      await run('pg_dump', ['--format=custom', `--file=${dump}`, store]);
      for (let count = 0; count < 5; count++) await posted(channel, 'lost');
      await expect.poll(() => messagesOf(reader).length, soon).toBe(10);

      await run('pg_restore', ['--clean', '--if-exists', '--no-owner', `--dbname=${store}`, dump]);
      await expect.poll(() => resetsOf(reader), soon).toMatchObject([{ reason: 'epoch', from: 6, head: 5 }]);
      await goesOn(reader, channel);
      const log = await (await fetch(`${chat.url}/v1/channels/${channel}/messages`)).json();
      expect(log).toMatchObject({ messages: [...Array(5).fill({ body: 'kept' }), { seq: 6, body: 'anew' }] });
      expect(resetsOf(reader)).toHaveLength(1);
    });

    it('as its operator says, when nothing else shows it: every reader gets a reset', {
      timeout: SLOW_MS,
    }, async () => {
      const channel = 'told';
      const reader = await read(channel);
      await posted(channel, 'before');
      await expect.poll(() => messagesOf(reader).length, soon).toBe(1);
      const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
      const command = /^psql .*/m.exec(page)?.[0] ?? 'false';
      await run('bash', ['-c', command], { env: { ...process.env, HISTORY_URL: store } });
      await expect.poll(() => resetsOf(reader), soon).toMatchObject([{ reason: 'epoch', from: 2 }]);
      await goesOn(reader, channel);
    });

    it('by an older copy of the same epoch: readers of what it lost get a reset', {
      timeout: SLOW_MS,
    }, async () => {
      const [behind, whole] = ['behind', 'whole'];
      const [reader, other] = [await read(behind), await read(whole)];
      for (let count = 0; count < 5; count++) await posted(behind, 'before');
      await posted(whole, 'before');
      await expect.poll(() => messagesOf(reader).length, soon).toBe(5);
      await query(
        store,
        `with lost as (
        update channels set head = 3, published = 3, published_ahead = '{}', behind = false where name = '${behind}' returning id
      ) delete from events using lost where channel_id = lost.id and seq > 3`,
      );
      await expect.poll(() => resetsOf(reader), soon).toMatchObject([{ reason: 'ahead', from: 4, head: 3 }]);
      await goesOn(reader, behind);
      await goesOn(other, whole);
      expect(resetsOf(other)).toEqual([]);
    });
  },
);
