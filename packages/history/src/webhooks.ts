/** A webhook is active until it is paused; why it was paused is said. */
export type WebhookState = 'active' | 'paused';

/** `gone`: its receiver answered 410. `failing`: its receiver failed for too long. */
export type PauseReason = 'gone' | 'failing';

/** A cursor in a channel's log, whose messages are posted to a URL. */
export interface Webhook {
  id: string;
  channel: string;
  url: string;
  /** seq of the last event that the receiver took. */
  cursor: number;
  state: WebhookState;
  pausedBecause?: PauseReason;
  /** Requests that failed since the last that did not. */
  failures: number;
  lastError?: string;
  /** Not tried again before this, ISO 8601; only after a failure. */
  nextAt?: string;
  createdAt: string;
}

export interface NewWebhook {
  /** Chosen by the caller, unguessable. */
  id: string;
  channel: string;
  url: string;
  /** What its requests are signed with. */
  secret: string;
  /** Where its cursor begins: behind the newest event, or before the oldest that is kept. */
  from: 'latest' | 'earliest';
}

/** A webhook that one holder alone may deliver for now. */
export interface ClaimedWebhook extends Webhook {
  secret: string;
  /** How long its receiver has been failing, ms. */
  failingMs: number;
}

/** A channel has as many webhooks as it may. */
export class TooManyWebhooks extends Error {}

/** Each message is sent by each: more than a few of one channel is a mistake, or an attack on a receiver. */
export const MAX_WEBHOOKS_PER_CHANNEL = 20;

/**
 * The webhooks, beside the log that they are cursors of. Times are the store's clock. Every method throws HistoryUnavailable
 * where the store cannot be reached.
 */
export interface Webhooks {
  /** @throws TooManyWebhooks (two that are made at the same moment may both come in over the bound) */
  create(webhook: NewWebhook): Promise<Webhook>;

  /** All of a channel, oldest first. */
  list(channel: string): Promise<Webhook[]>;

  get(channel: string, id: string): Promise<Webhook | undefined>;

  /** Whether there was one. What is under way to its receiver still arrives. */
  delete(channel: string, id: string): Promise<boolean>;

  /** Makes it active, its failures forgotten, due at once; undefined where there is none. Its cursor stays. */
  resume(channel: string, id: string): Promise<Webhook | undefined>;

  /** Of the webhooks of these channels those that have something to send and are not waiting after a failure. */
  dueOf(channels: readonly string[]): Promise<string[]>;

  /** How many there are of each state. */
  counts(): Promise<Record<WebhookState, number>>;

  /** Of all webhooks those that have something to send, are not waiting, and are nobody's now: by id, those after `after`. */
  due(after: string, limit: number): Promise<string[]>;

  /**
   * Takes a due webhook for `holder` alone, until `leaseMs` from now. Undefined where it is another's, waits after a
   * failure, is paused or gone.
   */
  claim(id: string, holder: string, leaseMs: number): Promise<ClaimedWebhook | undefined>;

  /**
   * Moves the cursor after the receiver took what lies between, forgets failures, and renews the lease. False, and nothing
   * done, where the holder has lost it or the cursor is not at `from`.
   */
  advance(id: string, holder: string, move: { from: number; to: number; leaseMs: number }): Promise<boolean>;

  /** Notes a failure, to be tried again after `delayMs`, and lets go. */
  postpone(id: string, holder: string, failure: { error: string; delayMs: number }): Promise<void>;

  /** Pauses it after a failure, and lets go. */
  pause(id: string, holder: string, pause: { error: string; reason: PauseReason }): Promise<void>;

  /** Lets go; another may claim it at once. */
  release(id: string, holder: string): Promise<void>;
}
