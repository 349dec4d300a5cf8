/** One component, and how to find out whether it is well. */
export interface Check {
  /** For machines; it does not change. */
  name: string;
  /** For people. */
  title: string;
  /** Gives what was found, in plain words; throws where the component is not well, {@link NotWell} with the reason. */
  run: (signal: AbortSignal) => Promise<string>;
  /** How long it may take, ms; {@link LIMIT_MS} where undefined. */
  limitMs?: number;
}

/** A component that this deployment does not have. */
export interface Unconfigured {
  name: string;
  title: string;
  notConfigured: string;
}

/** What became of a check. */
export interface Result {
  name: string;
  title: string;
  status: 'ok' | 'failed' | 'not-configured';
  detail: string;
  /** The time it took. */
  ms: number;
}

/** A component that is well answers in milliseconds. What is stopped is to be seen within 5 s, with room for two who ask in turn. */
export const LIMIT_MS = 2_000;

/** A component is not well; the message says why, in words that anybody may read: no address, no account, no stack. */
export class NotWell extends Error {}
