/**
 * The store cannot be reached. `stored` is the known outcome of a write: `no`, or `unknown` if the store became
 * unavailable during a commit.
 */
export class HistoryUnavailable extends Error {
  readonly stored: 'no' | 'unknown';

  constructor(message: string, options: { cause?: unknown; stored?: 'no' | 'unknown' } = {}) {
    super(message, { cause: options.cause });
    this.stored = options.stored ?? 'no';
  }
}

/** The disk has no room; nothing was stored. Reported separately, because somebody has to make room. */
export class HistoryFull extends HistoryUnavailable {}

/** Too many drafts are waiting; this one was not stored. */
export class HistoryBusy extends Error {}

/** Another process has this store open. */
export class DirectoryInUse extends Error {}

/** The URL names something that this Carillon cannot use as a store; the message says why. A restart does not help. */
export class UnfitStore extends Error {}
