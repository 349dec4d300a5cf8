/** A ticket to store: by its hash, so that a reader of the store cannot use it. */
export interface NewTicket {
  hash: string;
  /** Id of the person it is for. */
  person: string;
  /** The identity of its user, as any text. */
  identity: string;
  /** How long it is valid, ms. */
  ms: number;
}

/** Unused tickets per person: each is for a stream that is opened in the next moment. */
export const MAX_TICKETS_PER_PERSON = 50;

/**
 * Single-use tickets, shared by all nodes. Times are the store's clock. Every method throws HistoryUnavailable if the
 * store cannot be reached.
 */
export interface Tickets {
  /** Stores a ticket; false, and nothing is stored, if the person has {@link MAX_TICKETS_PER_PERSON} unused tickets. */
  issue(ticket: NewTicket): Promise<boolean>;

  /** Removes a ticket and resolves to its identity; undefined if it was used before or has expired. */
  redeem(hash: string): Promise<string | undefined>;
}
