import { describe, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { openHistory } from '../src/index.ts';
import { historyContract } from './contract.ts';
import { postgresHands } from './hands/postgres.ts';

describe.skipIf(!postgresInstalled)('history on PostgreSQL', () => {
  historyContract(lentDatabase, postgresHands);

  it('does not see that connections were ended while they were idle', async () => {
    const url = await lentDatabase();
    const history = await openHistory(url);
    await history.ping();
    await query(
      url,
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where application_name = 'carillon' and datname = current_database()`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    await history.ping();
    await history.close();
  });
});
