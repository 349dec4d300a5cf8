/** A webhook is active until it is paused. */
export type WebhookState = 'active' | 'paused';

/** `gone`: its receiver answered 410. `failing`: its receiver failed for too long. */
export type PauseReason = 'gone' | 'failing';

/** A cursor in a channel's log, whose messages are posted to a URL. */
export interface Webhook {
  id: string;
  channel: string;
  url: string;
  /** seq of the last event that the receiver accepted. */
  cursor: number;
  state: WebhookState;
  pausedBecause?: PauseReason;
  /** Requests that failed since the last success. */
  failures: number;
  lastError?: string;
  /** Not retried before this, ISO 8601; set only after a failure. */
  nextAt?: string;
  createdAt: string;
}

export interface NewWebhook {
  /** Chosen by the caller, unguessable. */
  id: string;
  channel: string;
  url: string;
  /** The secret that signs its requests. */
  secret: string;
  /** Where its cursor starts: after the newest event, or before the oldest that is kept. */
  from: 'latest' | 'earliest';
}

/** A webhook that only its holder may deliver for now. */
export interface ClaimedWebhook extends Webhook {
  secret: string;
  /** How long its receiver has been failing, ms. */
  failingMs: number;
}

/** The channel has the maximum number of webhooks. */
export class TooManyWebhooks extends Error {}

/** Every webhook sends each message: more than a few on one channel are a mistake, or an attack on a receiver. */
export const MAX_WEBHOOKS_PER_CHANNEL = 20;

/**
 * The webhooks: cursors stored next to the log. Times are the store's clock. Every method throws HistoryUnavailable if
 * the store cannot be reached.
 */
export interface Webhooks {
  /** @throws TooManyWebhooks (two concurrent calls may together exceed the limit) */
  create(webhook: NewWebhook): Promise<Webhook>;

  /** All webhooks of a channel, oldest first. */
  list(channel: string): Promise<Webhook[]>;

  get(channel: string, id: string): Promise<Webhook | undefined>;

  /** Resolves to whether there was one. A request that is already under way still arrives. */
  delete(channel: string, id: string): Promise<boolean>;

  /**
   * Makes it active, resets its failures, and makes it due at once; undefined if it does not exist. Its cursor stays.
   */
  resume(channel: string, id: string): Promise<Webhook | undefined>;

  /** The webhooks of these channels that have something to send and are not waiting after a failure. */
  dueOf(channels: readonly string[]): Promise<string[]>;

  /** The number of webhooks in each state. */
  counts(): Promise<Record<WebhookState, number>>;

  /**
   * The webhooks that have something to send, are not waiting, and have no holder now: after the id `after`, sorted by
   * id.
   */
  due(after: string, limit: number): Promise<string[]>;

  /**
   * Leases a due webhook to `holder`, until `leaseMs` from now. Undefined if it has another holder, waits after a
   * failure, is paused or deleted.
   */
  claim(id: string, holder: string, leaseMs: number): Promise<ClaimedWebhook | undefined>;

  /**
   * Advances the cursor after the receiver accepted the events in between, resets failures, and renews the lease.
   * False, and nothing done, if the holder has lost the lease or the cursor is not at `from`.
   */
  advance(id: string, holder: string, move: { from: number; to: number; leaseMs: number }): Promise<boolean>;

  /** Records a failure, schedules the retry after `delayMs`, and releases the lease. */
  postpone(id: string, holder: string, failure: { error: string; delayMs: number }): Promise<void>;

  /** Pauses it after a failure, and releases the lease. */
  pause(id: string, holder: string, pause: { error: string; reason: PauseReason }): Promise<void>;

  /** Releases the lease; another holder may claim it at once. */
  release(id: string, holder: string): Promise<void>;
}
