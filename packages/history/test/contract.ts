import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../src/database.ts';
import { HistoryUnavailable } from '../src/history.ts';
import { openSqlHistory } from '../src/sql-history.ts';
import { accessContract } from './contract/access.ts';
import { appendContract } from './contract/append.ts';
import { changesContract } from './contract/changes.ts';
import { readingContract } from './contract/reading.ts';
import { readsContract } from './contract/reads.ts';
import { retentionContract } from './contract/retention.ts';
import { searchContract } from './contract/search.ts';
import { draft, newChannel, post, type Store } from './contract/store.ts';
import { ticketsContract } from './contract/tickets.ts';
import { webhooksContract } from './contract/webhooks.ts';

/** What every store does. `create` makes an empty one and gives its URL; `open` opens it. */
export function historyContract(
  create: () => Promise<string>,
  open: (url: string) => Database | Promise<Database>,
): void {
  let url: string;
  let store: Store;
  const openStore = async (of: string): Promise<Store> => {
    const database = await open(of);
    return { database, history: await openSqlHistory(database) };
  };

  beforeAll(async () => {
    url = await create();
    store = await openStore(url);
  });

  afterAll(() => store.history.close());

  appendContract(() => store);
  changesContract(() => store);
  readingContract(() => store);
  retentionContract(() => store);
  webhooksContract(() => store);
  accessContract(() => store);
  readsContract(() => store);
  ticketsContract(() => store);
  searchContract(() => store);

  it('has the schema that this code needs', async () => {
    const { applied, known } = await store.history.schema();
    expect(applied).toBe(known);
    expect(known).toBeGreaterThan(0);
  });

  it('ping writes and reads', async () => {
    const text = `select value from meta where name = 'ping'`;
    const before = Date.now();
    await store.history.ping();
    const [row] = await store.database.run({ name: 'read_ping', text }, []);
    expect(Number(row?.value)).toBeGreaterThanOrEqual(before - 1);
  });

  it('keeps its epoch and its events when it is opened again', async () => {
    const channel = newChannel();
    await post(store, channel, 2);
    const { epoch } = store.history;
    expect(epoch).toMatch(/^[a-z0-9]{8}$/);
    await store.history.close();
    store = await openStore(url);
    expect(store.history.epoch).toBe(epoch);
    expect(await store.history.append([draft(channel, '3')])).toMatchObject([{ message: { seq: 3 } }]);
  });

  // To make and open a store is the dearest of all this: these share one.
  describe('another store', () => {
    let other: Store;
    beforeAll(async () => {
      other = await openStore(await create());
    });

    it('has another epoch', () => {
      expect(other.history.epoch).not.toBe(store.history.epoch);
    });

    it('is refused where its schema is newer than the code knows, and closed', async () => {
      const newer = `update meta set value = '9999' where name = 'schema'`;
      await other.database.run({ name: 'set_schema', text: newer }, []);
      await expect(openSqlHistory(other.database)).rejects.toThrow(/schema is 9999, newer/);
    });

    it('is unavailable once it is closed, and may be closed twice', async () => {
      await other.history.close();
      await other.history.close();
      await expect(other.history.append([draft('a', 'b')])).rejects.toThrow(HistoryUnavailable);
      await expect(other.history.ping()).rejects.toMatchObject({ stored: 'no' });
    });
  });
}
