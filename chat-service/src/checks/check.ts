/** A component and how to test it. */
export interface Check {
  /** Identifier for programs; it does not change. */
  name: string;
  /** Shown to people. */
  title: string;
  /** Returns what was found, in plain words. Throws if the component does not work: {@link NotWell} with the reason, or any error. */
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

/** The result of a check. */
export interface Result {
  name: string;
  title: string;
  status: 'ok' | 'failed' | 'not-configured';
  detail: string;
  /** How long it took, ms. */
  ms: number;
}

/** A component that works answers in milliseconds. A stopped one must show within 5 s, even if two rounds follow each other. */
export const LIMIT_MS = 2_000;

/** A component does not work. The message says why and is shown to everyone: no address, no account, no stack. */
export class NotWell extends Error {}
