import { HistoryBusy, HistoryFull, HistoryUnavailable, SearchTooSlow } from '@carillon/history';
import { JobsUnavailable } from '@carillon/jobs';
import { PresenceUnavailable } from '@carillon/presence';
import { Problem } from '@carillon/protocol';

/**
 * Seconds until it is worth to try again: a database that is restarted is often back in less, a full queue drains
 * within one. Where it takes longer, clients wait longer by themselves, with each attempt.
 */
const RETRY_AFTER_AWAY = 1;
const RETRY_AFTER_BUSY = 1;
/** Somebody has to make room first. */
const RETRY_AFTER_FULL = 10;

/** What a caller is told of the stores' errors; undefined for any other. */
export function knownErrors(error: unknown): Problem | undefined {
  if (error instanceof HistoryBusy) {
    return new Problem('busy', 'Nothing was stored. Try again.', { retryAfter: RETRY_AFTER_BUSY });
  }
  if (error instanceof SearchTooSlow) {
    return new Problem('too_slow', 'Look for rarer words, in one channel, or before a time.');
  }
  if (error instanceof PresenceUnavailable) {
    return new Problem('presence_away', 'Ask again.', { retryAfter: RETRY_AFTER_AWAY });
  }
  if (error instanceof JobsUnavailable) {
    return new Problem('jobs_away', 'Ask again.', { retryAfter: RETRY_AFTER_AWAY });
  }
  if (error instanceof HistoryFull) {
    return new Problem('store_full', 'Nothing was stored. Somebody has to make room first.', {
      retryAfter: RETRY_AFTER_FULL,
    });
  }
  if (!(error instanceof HistoryUnavailable)) return undefined;
  return error.stored === 'no'
    ? new Problem('history_away', 'Nothing was stored. Try again.', { retryAfter: RETRY_AFTER_AWAY })
    : new Problem(
        'outcome_unknown',
        'It may be stored or not. Send it again: a post with the same Idempotency-Key, anything else as it was.',
        { retryAfter: RETRY_AFTER_AWAY },
      );
}
