/** A ticket that is to be kept: by its hash, so that who reads the store cannot use it. */
export interface NewTicket {
  hash: string;
  /** Id of whom it is for. */
  person: string;
  /** What is known of who uses it: any text. */
  identity: string;
  /** How long it is good, ms. */
  ms: number;
}

/** Tickets that one person may have unused: each is for a stream that is opened in the next moment. */
export const MAX_TICKETS_PER_PERSON = 50;

/**
 * Single-use tickets, the same for all nodes. Times are the store's clock. Every method throws HistoryUnavailable where the store
 * cannot be reached.
 */
export interface Tickets {
  /** Keeps a ticket; false, and nothing is kept, where the person has {@link MAX_TICKETS_PER_PERSON} unused. */
  issue(ticket: NewTicket): Promise<boolean>;

  /** The identity that a ticket was kept with, once: whoever asks again, or too late, gets undefined. */
  redeem(hash: string): Promise<string | undefined>;
}
