/** How much one caller may do: so many in each period, counted from its first. */
export interface Rule {
  /** What is limited; a part of the counters' keys, the same on every node. */
  readonly name: string;
  readonly count: number;
  readonly seconds: number;
}

/** One rule, kept for every caller by itself. */
export interface Limit {
  /**
   * Takes one from what `key` may do. Gives 0 where it may, else the whole seconds until it may again. Mostly it
   * answers at once, without a promise, so that a post pays nothing for it. It never fails.
   */
  take(key: string): number | Promise<number>;
}

/** Limits that all nodes of one store share. With the store away each node counts for itself. */
export interface Limits {
  limit(rule: Rule): Limit;

  /** Whether the count is shared now. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/** Told the name of a rule, and how many were refused by it: 0 when the rule is made, 1 each time somebody is. */
export type RefusalObserver = (rule: string, times: number) => void;
