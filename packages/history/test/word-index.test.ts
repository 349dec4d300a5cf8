import { expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { openHistory } from '../src/index.ts';
import { draft, range } from './contract/store.ts';
import { found } from './found-messages.ts';

/** A server tells of counts a moment late. */
const WITHIN = { timeout: 60_000, interval: 50 };

it.skipIf(!postgresInstalled)(
  'a search reads the index of words, however the statement is planned',
  async () => {
    const url = await lentDatabase();
    const history = await openHistory(url);
    await history.append(range(1, 1_000).map((n) => draft('planned', `common rare${n}`)));
    for (let more = true; more; ) ({ more } = await history.search.index());
    const scans = async () => {
      const [row] = await query(
        url,
        `select idx_scan::int as scans from pg_stat_user_indexes where indexrelname = 'search_entries_words'`,
      );
      return Number(row?.scans);
    };
    for (const n of range(1, 7)) expect(await found(history, `"rare${n}"`)).toEqual([`planned ${n}`]);
    // Sessions tell of their counts as they end, and else after seconds.
    await history.close();
    await expect.poll(scans, WITHIN).toBeGreaterThanOrEqual(7);
  },
);
