import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type History, HistoryUnavailable, openHistory } from '../src/index.ts';
import { accessContract } from './contract/access.ts';
import { appendContract } from './contract/append.ts';
import { changesContract } from './contract/changes.ts';
import type { Hands } from './contract/hands.ts';
import { pinsContract } from './contract/pins.ts';
import { readingContract } from './contract/reading.ts';
import { readsContract } from './contract/reads.ts';
import { retentionContract } from './contract/retention.ts';
import { searchContract } from './contract/search.ts';
import { draft, newChannel, post, type Store } from './contract/store.ts';
import { ticketsContract } from './contract/tickets.ts';
import { timeContract } from './contract/time.ts';
import { webhooksContract } from './contract/webhooks.ts';

/** What every store does. `create` makes an empty one and gives its URL; `hands` reach behind the back of the one at a URL. */
export function historyContract(create: () => Promise<string>, hands: (url: string) => Hands): void {
  let url: string;
  let store: Store;

  beforeAll(async () => {
    url = await create();
    store = { history: await openHistory(url), hands: hands(url) };
  });

  afterAll(async () => {
    await store.history.close();
    await store.hands.close();
  });

  appendContract(() => store);
  changesContract(() => store);
  pinsContract(() => store);
  readingContract(() => store);
  retentionContract(() => store);
  timeContract(() => store);
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
    const before = Date.now();
    await store.history.ping();
    expect(await store.hands.lastPing()).toBeGreaterThanOrEqual(before - 1);
  });

  it('keeps its epoch and its events when it is opened again', async () => {
    const channel = newChannel();
    await post(store, channel, 2);
    const { epoch } = store.history;
    expect(epoch).toMatch(/^[a-z0-9]{8}$/);
    await store.history.close();
    store = { ...store, history: await openHistory(url) };
    expect(store.history.epoch).toBe(epoch);
    expect(await store.history.append([draft(channel, '3')])).toMatchObject([{ message: { seq: 3 } }]);
  });

  // To make and open a store is the dearest of all this: these share one.
  describe('another store', () => {
    let otherUrl: string;
    let other: History;
    beforeAll(async () => {
      otherUrl = await create();
      other = await openHistory(otherUrl);
    });

    it('has another epoch', () => {
      expect(other.epoch).not.toBe(store.history.epoch);
    });

    it('is unavailable once it is closed, and may be closed twice', async () => {
      await other.close();
      await other.close();
      await expect(other.append([draft('a', 'b')])).rejects.toThrow(HistoryUnavailable);
      await expect(other.ping()).rejects.toMatchObject({ stored: 'no' });
    });

    // Closed before, for a store may be open once only.
    it('is refused where its schema is newer than the code knows', async () => {
      const behind = hands(otherUrl);
      await behind.setSchema(9_999);
      await behind.close();
      await expect(openHistory(otherUrl)).rejects.toThrow(/schema version 9999, which is newer/);
    });
  });
}
