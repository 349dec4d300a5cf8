import type { Database } from './database.ts';
import { ISSUE_TICKET, REDEEM_TICKET } from './ticket-statements.ts';
import type { NewTicket, Tickets } from './tickets.ts';

/** The tickets on PostgreSQL. */
export class SqlTickets implements Tickets {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async issue({ hash, person, identity, ms }: NewTicket): Promise<boolean> {
    return (await this.#database.run(ISSUE_TICKET, [hash, person, identity, ms])).length > 0;
  }

  async redeem(hash: string): Promise<string | undefined> {
    const [row] = await this.#database.run(REDEEM_TICKET, [hash]);
    return row !== undefined && Number(row.good) === 1 ? String(row.identity) : undefined;
  }
}
