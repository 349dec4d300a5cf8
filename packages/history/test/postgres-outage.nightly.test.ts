import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, postgresInstalled, startPostgres } from '../../../tests/servers/postgres.ts';
import { HistoryUnavailable, openHistory } from '../src/index.ts';
import { bodiesOf, draft, newChannel } from './contract/store.ts';

describe.skipIf(!postgresInstalled)('an outage of PostgreSQL', () => {
  let server: Postgres;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

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
});
