import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, postgresInstalled, query, startPostgres } from '../../../tests/servers/postgres.ts';
import { type Draft, HistoryUnavailable, openHistory } from '../src/index.ts';
import { openPostgres } from '../src/postgres.ts';
import { bodiesOf, draft, newChannel, range, seqsOf } from './contract/store.ts';
import { historyContract } from './contract.ts';
import { type Child, startChild } from './processes/child.ts';

describe.skipIf(!postgresInstalled)('history on PostgreSQL', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  historyContract(() => server.createDatabase(), openPostgres);

  describe('several processes', () => {
    let children: Child[] = [];
    const start = (url: string, count: number) => {
      children = range(1, count).map(() => startChild(url));
      return children;
    };
    afterEach(() => Promise.all(children.map((child) => child.kill())));

    it('that start at once bring the schema up once, and agree on the epoch', async () => {
      const opened = await Promise.all(
        start(await server.createDatabase(), 4).map((child) => child.next('open')),
      );
      expect(new Set(opened.map(({ epoch }) => epoch)).size).toBe(1);
    });

    it('write to shared channels without a hole or a deadlock', async () => {
      const url = await server.createDatabase();
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
      const url = await server.createDatabase();
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
  });

  describe('an outage', () => {
    it('makes every call unavailable, and ends by itself when the server is back', async () => {
      const history = await openHistory(await server.createDatabase());
      const channel = newChannel();
      await history.append([draft(channel, '1')]);
      await server.kill('SIGKILL');
      await expect(history.append([draft(channel, 'no')])).rejects.toThrow(HistoryUnavailable);
      await expect(history.append([draft(channel, 'no')])).rejects.toMatchObject({ stored: 'no' });
      await expect(history.after(channel, 0, 9)).rejects.toThrow(HistoryUnavailable);
      await expect(history.ping()).rejects.toThrow(HistoryUnavailable);
      await expect(openHistory(server.url)).rejects.toThrow(HistoryUnavailable);
      await server.restart();
      expect(await history.append([draft(channel, '2')])).toMatchObject([{ message: { seq: 2 } }]);
      expect(bodiesOf(await history.after(channel, 0, 9))).toEqual(['1', '2']);
      await history.close();
    });

    it('without a word in the middle of a change is known to have stored nothing', async () => {
      const history = await openHistory(await server.createDatabase());
      const channel = newChannel();
      await history.append([draft(channel, '1')]);
      const author = { id: 'ada', name: 'Ada' };
      const change = () => history.change({ type: 'edit', channel, target: 1, author, body: 'b' });
      server.freeze();
      await expect(change()).rejects.toMatchObject({ name: 'Error', stored: 'no' });
      server.thaw();
      await expect
        .poll(
          () =>
            history.ping().then(
              () => true,
              () => false,
            ),
          { timeout: 30_000 },
        )
        .toBe(true);
      expect(bodiesOf(await history.after(channel, 0, 9))).toEqual(['1']);
      expect(await change()).toMatchObject({ outcome: 'changed' });
      await history.close();
    }, 90_000);

    it('in the middle of an append leaves unknown what was stored', async () => {
      const url = await server.createDatabase();
      const history = await openHistory(url);
      await history.append([draft('cut', '1')]);
      server.freeze();
      const append = history.append([draft('cut', 'sent')]);
      const refused = expect(append).rejects.toMatchObject({ stored: 'unknown' });
      await new Promise((resolve) => setImmediate(resolve));
      await server.kill('SIGKILL');
      await refused;
      await server.restart();
      await history.close();
    });

    it('of a server that hangs is found by time, and so is its end', async () => {
      const history = await openHistory(await server.createDatabase());
      await history.append([draft('hung', '1')]);
      server.freeze();
      try {
        await expect(history.append([draft('hung', '2')])).rejects.toMatchObject({
          name: 'Error',
          stored: 'unknown',
        });
      } finally {
        server.thaw();
      }
      expect(await history.append([draft('hung', '3')])).toMatchObject([{ outcome: 'created' }]);
      await history.close();
    });

    it('of connections that were ended while idle is not seen at all', async () => {
      const url = await server.createDatabase();
      const history = await openHistory(url);
      await history.ping();
      await query(
        server.url,
        `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'carillon'`,
      );
      await new Promise((resolve) => setImmediate(resolve));
      await history.ping();
      await history.close();
    });
  });
});
