import type { Change } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Postgres, postgresInstalled, startPostgres } from '../../../tests/servers/postgres.ts';
import {
  type Appended,
  type ChangeDraft,
  type History,
  HistoryUnavailable,
  openHistory,
} from '../src/index.ts';
import { bodiesOf, draft, range, seqsOf } from './contract/store.ts';
import { expectWhole } from './contract/whole.ts';
import { postgresHands } from './hands/postgres.ts';

/** So many are answered before each crash. */
const ANSWERED = 150;

const WITHIN_MS = 30_000;

describe.skipIf(!postgresInstalled)('posting while PostgreSQL crashes', () => {
  let server: Postgres;
  let url: string;
  let history: History;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
    history = await openHistory(url);
  });
  afterAll(async () => {
    await history?.close();
    await server?.stop();
  });

  it('loses nothing that was answered and leaves no hole; posts go on by themselves when the server is back', async () => {
    const answered = new Map<number, string>();
    const refused = new Map<string, HistoryUnavailable>();
    let stop = false;
    const write = async (writer: number) => {
      for (let count = 0; !stop; count++) {
        const bodies = [`${writer}.${count}.a`, `${writer}.${count}.b`];
        try {
          const answers = await history.append(bodies.map((body) => draft('crashed', body)));
          for (const { message } of answers as Extract<Appended, { outcome: 'created' }>[])
            answered.set(message.seq, message.body);
        } catch (error) {
          if (!(error instanceof HistoryUnavailable)) throw error;
          for (const body of bodies) refused.set(body, error);
        }
      }
    };
    const more = async () => {
      const deadline = Date.now() + WITHIN_MS;
      const enough = answered.size + ANSWERED;
      while (answered.size < enough) {
        if (Date.now() > deadline) throw new Error(`${answered.size} posts answered`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };

    const writers = range(1, 6).map(write);
    for (const _ of range(1, 3)) {
      await more();
      await server.kill('SIGKILL');
      await server.restart();
    }
    await more();
    stop = true;
    await Promise.all(writers);

    const stored = await history.after('crashed', 0, 1_000_000);
    expect(seqsOf(stored)).toEqual(range(1, stored.length));
    const bodies = new Map(bodiesOf(stored).map((body, index) => [index + 1, body]));
    for (const [seq, body] of answered) expect(bodies.get(seq)).toBe(body);
    const there = new Set(bodies.values());
    const untrue = [...refused].filter(([body, { stored }]) => stored === 'no' && there.has(body));
    expect(untrue).toEqual([]);
    expect(refused.size).toBeGreaterThan(0);
  });

  it('is answered as before when a refused batch is sent again with its keys', async () => {
    const batches = range(1, 40).map((batch) =>
      range(1, 5).map((index) => draft('again', `${batch}.${index}`, { key: `${batch}.${index}` })),
    );
    const first = batches.map((batch) => history.append(batch));
    await Promise.race(first);
    await server.kill('SIGKILL');
    await Promise.allSettled(first);
    await server.restart();
    const second = await Promise.all(batches.map((batch) => history.append(batch)));
    expect(second.flat().some(({ outcome }) => outcome === 'conflict')).toBe(false);
    const stored = await history.after('again', 0, 1_000);
    expect(seqsOf(stored)).toEqual(range(1, 200));
    expect(new Set(bodiesOf(stored)).size).toBe(200);
  });
});

describe.skipIf(!postgresInstalled)('changing messages while PostgreSQL crashes', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it('does each change whole or not at all, and loses none that was answered', async () => {
    const url = await server.createDatabase();
    const history = await openHistory(url);
    const channel = 'crashed';
    await history.append(range(1, 8).map((n) => draft(channel, `${n}`)));
    const answered: Change[] = [];
    let stop = false;
    const write = async (writer: number) => {
      const author = { id: `p${writer}`, name: `P ${writer}` };
      for (let turn = 0; !stop; turn++) {
        const about = { channel, author, target: 1 + (turn % 8) };
        const drafts: ChangeDraft[] = [
          { type: 'reaction', ...about, emoji: '👍', op: turn % 16 < 8 ? 'add' : 'remove' },
          { type: 'edit', ...about, body: `${writer} ${turn} @p${writer} @p${turn % 9}` },
          ...(turn === 20 ? [{ type: 'delete' as const, ...about, target: writer }] : []),
        ];
        for (const each of drafts) {
          try {
            const changed = await history.change(each);
            if (changed.outcome === 'changed') answered.push(changed.change);
          } catch (error) {
            if (!(error instanceof HistoryUnavailable)) throw error;
          }
        }
        await history.append([draft(channel, `${writer} ${turn} @ada`)]).catch(() => {});
      }
    };
    const writers = range(1, 4).map(write);
    for (const _ of range(1, 3)) {
      const enough = answered.length + 60;
      await vi.waitUntil(() => answered.length > enough, { timeout: WITHIN_MS, interval: 10 });
      await server.kill('SIGKILL');
      await server.restart();
    }
    const enough = answered.length + 60;
    await vi.waitUntil(() => answered.length > enough, { timeout: WITHIN_MS, interval: 10 });
    stop = true;
    await Promise.all(writers);

    const hands = postgresHands(url);
    const log = await expectWhole({ history, hands }, channel);
    await hands.close();
    const bySeq = new Map(log.map((event) => [event.seq, event]));
    for (const change of answered) {
      const { body, ...known } = { body: undefined, ...change };
      expect(bySeq.get(change.seq)).toMatchObject(known);
    }
    await history.close();
  }, 120_000);
});
