import { afterEach, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { type Draft, openHistory } from '../src/index.ts';
import { draft, range, seqsOf } from './contract/store.ts';
import { expectWhole } from './contract/whole.ts';
import { postgresHands } from './hands/postgres.ts';
import { type Child, startChild } from './processes/child.ts';

describe.skipIf(!postgresInstalled)('several processes with history on PostgreSQL', () => {
  let children: Child[] = [];
  const start = (url: string, count: number) => {
    children = range(1, count).map(() => startChild(url));
    return children;
  };
  afterEach(() => Promise.all(children.map((child) => child.kill())));

  it('that start at once bring the schema up once, and agree on the epoch', async () => {
    const opened = await Promise.all(start(await lentDatabase(), 4).map((child) => child.next('open')));
    expect(new Set(opened.map(({ epoch }) => epoch)).size).toBe(1);
  });

  it('write to shared channels without a hole or a deadlock', async () => {
    const url = await lentDatabase();
    const writers = start(url, 4);
    await Promise.all(writers.map((child) => child.next('open')));
    const channels = range(1, 5).map((index) => `shared-${index}`);
    for (const [writer, child] of writers.entries()) {
      const batches = range(1, 60).map((batch) => {
        const some = channels.filter((_, index) => (batch + writer) % (index + 2) !== 0);
        if (writer % 2 === 1) some.reverse();
        return some.map((channel) => draft(channel, `${writer}.${batch}`, { key: `${writer}.${batch}` }));
      });
      child.order({ kind: 'append', batches, atOnce: 3 });
    }
    const reports = await Promise.all(writers.map((child) => child.next('appended')));
    const answered = reports.flatMap(({ answers }) => answers.flat());
    expect(answered.every(({ outcome }) => outcome === 'created')).toBe(true);
    const messages = answered.flatMap((answer) => (answer.outcome === 'created' ? [answer.message] : []));
    const history = await openHistory(url);
    for (const channel of channels) {
      const stored = await history.after(channel, 0, 1_000);
      expect(seqsOf(stored)).toEqual(range(1, stored.length));
      const told = messages.filter((message) => message.channel === channel);
      expect(told.sort((a, b) => a.seq - b.seq)).toEqual(stored);
      expect(stored.map(({ createdAt }) => createdAt)).toEqual(
        stored.map(({ createdAt }) => createdAt).sort(),
      );
    }
    await history.close();
  });

  it('that use the same keys at once store each once', async () => {
    const url = await lentDatabase();
    const writers = start(url, 2);
    await Promise.all(writers.map((child) => child.next('open')));
    const batches: Draft[][] = range(1, 100).map((batch) =>
      range(0, 3).map((index) => draft('raced', `${batch + index}`, { key: `${batch + index}` })),
    );
    for (const [writer, child] of writers.entries()) {
      const own = batches.map((batch) => (writer === 0 ? batch : [...batch].reverse()));
      child.order({ kind: 'append', batches: own, atOnce: 4 });
    }
    const reports = await Promise.all(writers.map((child) => child.next('appended')));
    const seqs = new Map<string, number>();
    let created = 0;
    for (const answer of reports.flatMap(({ answers }) => answers.flat())) {
      if (answer.outcome === 'conflict') throw new Error('the same message was in conflict with itself');
      const { body, seq } = answer.message;
      if (answer.outcome === 'created') created += 1;
      expect(seqs.get(body) ?? seq).toBe(seq);
      seqs.set(body, seq);
    }
    expect(created).toBe(103);
    const history = await openHistory(url);
    expect(seqsOf(await history.after('raced', 0, 1_000))).toEqual(range(1, 103));
    await history.close();
  });

  it('that change messages of one channel leave right counts and no hole, and never deadlock, one of them killed in the middle', async () => {
    const url = await lentDatabase();
    const history = await openHistory(url);
    await history.append([draft('shared', 'first')]);
    const children = start(url, 3);
    await Promise.all(children.map((child) => child.next('open')));
    for (const [index, child] of children.entries())
      child.order({ kind: 'change', channel: 'shared', author: `process-${index}`, count: 40 });
    const [killed, ...others] = children;
    for (const _ of range(1, 20)) await killed?.next('changed');
    await killed?.kill();
    for (const other of others) await other.next('finished');
    const hands = postgresHands(url);
    await expectWhole({ history, hands }, 'shared');
    await hands.close();
    const name = url.slice(url.lastIndexOf('/') + 1);
    expect(await query(url, `select deadlocks::int from pg_stat_database where datname = '${name}'`)).toEqual(
      [{ deadlocks: 0 }],
    );
    await history.close();
  }, 120_000);
});
