/** How much one caller may do: this many in each period, which starts with the first. */
export interface Rule {
  /** What is limited; part of the counters' keys, the same on every node. */
  readonly name: string;
  readonly count: number;
  readonly seconds: number;
}

/** One rule, counted separately for each caller. */
export interface Limit {
  /**
   * Takes one unit of what `key` may do. Returns 0 if allowed, else the whole seconds until it is allowed again.
   * Usually it answers at once, without a promise, so that a post pays nothing for it. Never fails.
   */
  take(key: string): number | Promise<number>;
}

/** Limits that all nodes of one store share. While the store is unavailable each node counts separately. */
export interface Limits {
  limit(rule: Rule): Limit;

  /** Whether the count is shared now. */
  readonly connected: boolean;

  close(): Promise<void>;
}

/** Called with the name of a rule and the number of refusals: 0 when the rule is created, 1 for each refusal. */
export type RefusalObserver = (rule: string, times: number) => void;
