/**
 * What tests do behind a store's back: what would take days or hours by the port, and a look at what it never tells. Each adapter has
 * its own hands, on a connection of their own; a test takes them only for what the port cannot do or say.
 */
export interface Hands {
  /** Puts the events of a channel up to `seq` so much further back in time; further ahead where it is less than 0. */
  age(channel: string, seq: number, ms: number): Promise<void>;

  /** Dates the first events of a channel, each so many ms ago; ahead where it is less than 0. The head's date stays as it is. */
  date(channel: string, ago: readonly number[]): Promise<void>;

  /** Dates the head of a channel so long ago, ms; ahead where it is less than 0. */
  dateHead(channel: string, ago: number): Promise<void>;

  /** Lets so much time pass for all that holds, waits or is kept for a time, but for the log. */
  pass(ms: number): Promise<void>;

  /** Puts so many more edits, of other texts, behind the one that ends a channel. */
  repeatEdit(channel: string, times: number): Promise<void>;

  /** Bans so many people that nobody knows, on a channel or, without one, everywhere; for `ms` each. */
  addBans(count: number, ms: number, channel?: string): Promise<void>;

  /** Adds so many changes to what is told of access, each of another channel. */
  addAccessChanges(count: number): Promise<void>;

  /** Forgets what is told of access of before this version. */
  forgetAccessChanges(version: number): Promise<void>;

  /** Counts what the store keeps of a channel beside its log. */
  kept(channel: string): Promise<Kept>;

  /** Whether a text stands anywhere in the store, whole or within another. */
  holds(text: string): Promise<boolean>;

  /** While `work` runs, the store fails at a message with this body, or at a line of the audit about this channel. */
  refuse(what: { body: string } | { audited: string }, work: () => Promise<unknown>): Promise<void>;

  /** When the store was last written to by a ping, ms since 1970 by its clock. */
  lastPing(): Promise<number>;

  /** Says that the store's tables are of this version. */
  setSchema(version: number): Promise<void>;

  /** Lets go of the store. */
  close(): Promise<void>;
}

/** What a store keeps of a channel beside its log. */
export interface Kept {
  /** Whom its messages mention, by seq and then by handle. */
  mentions: { seq: number; handle: string }[];
  /** Reactions, and what counts them. */
  reactions: number;
  /** Messages in the full-text index, whether or not a search gives them. */
  entries: number;
}
