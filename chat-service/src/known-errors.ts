import { HistoryBusy, HistoryFull, HistoryUnavailable, SearchTooSlow } from '@carillon/history';
import { JobsUnavailable } from '@carillon/jobs';
import { PresenceUnavailable } from '@carillon/presence';
import { Problem } from '@carillon/protocol';

/**
 * Seconds until a retry makes sense: a restarted database is often back sooner, and a full queue drains within one second. If it
 * takes longer, clients back off with each attempt.
 */
const RETRY_AFTER_AWAY = 1;
const RETRY_AFTER_BUSY = 1;
/** Seconds: an operator has to free space first. */
const RETRY_AFTER_FULL = 10;

/** Returns the problem document for an error of a store or queue; undefined for other errors. */
export function knownErrors(error: unknown): Problem | undefined {
  if (error instanceof HistoryBusy) {
    return new Problem('busy', 'Nothing was stored. Try again.', { retryAfter: RETRY_AFTER_BUSY });
  }
  if (error instanceof SearchTooSlow) {
    return new Problem('too_slow', 'Search for rarer words, in one channel, or before a time.');
  }
  if (error instanceof PresenceUnavailable) {
    return new Problem('presence_away', 'Try again.', { retryAfter: RETRY_AFTER_AWAY });
  }
  if (error instanceof JobsUnavailable) {
    return new Problem('jobs_away', 'Try again.', { retryAfter: RETRY_AFTER_AWAY });
  }
  if (error instanceof HistoryFull) {
    return new Problem('store_full', 'Nothing was stored. An operator has to free space first.', {
      retryAfter: RETRY_AFTER_FULL,
    });
  }
  if (!(error instanceof HistoryUnavailable)) return undefined;
  return error.stored === 'no'
    ? new Problem('history_away', 'Nothing was stored. Try again.', { retryAfter: RETRY_AFTER_AWAY })
    : new Problem(
        'outcome_unknown',
        'It may be stored or not. Send it again: a post with the same Idempotency-Key, any other request unchanged.',
        { retryAfter: RETRY_AFTER_AWAY },
      );
}
