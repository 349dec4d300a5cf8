import type { Arrival, Reading } from './evidence.ts';

/** An application that follows channels from their first message, and comes back after every cut. */
export interface Reader extends Reading {
  readonly arrivals: Arrival[];
  readonly complaints: string[];
  /** How many streams it has, over which it follows them. */
  readonly streams: number;
  /** How often a stream of it was cut. */
  readonly cuts: number;
  close(): Promise<void>;
}

/** A reader in a process of its own. */
export interface FreezableReader extends Reader {
  /** SIGSTOP: its connections stay, and it reads nothing. */
  freeze(): void;
  thaw(): void;
}

/** What a reader in another process reports of its streams, as one line of JSON each. */
export type Told =
  | { what: 'message'; message: { channel: string; seq: number; key?: string; body: string }; at: number }
  | { what: 'cut' }
  | { what: 'complaint'; text: string };
