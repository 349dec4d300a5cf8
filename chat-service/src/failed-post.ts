import { HistoryBusy, HistoryUnavailable } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import type { PostOutcome } from './metrics.ts';

/**
 * Returns the outcome of a failed post from the error that was thrown. `refused` and `limited` are caused by the caller; every other
 * outcome counts against the service level objective.
 */
export function failedPost(error: unknown): PostOutcome {
  if (error instanceof HistoryBusy) return 'busy';
  if (error instanceof HistoryUnavailable) return error.stored === 'no' ? 'away' : 'unknown';
  if (!(error instanceof Problem)) return 'failed';
  if (error.code === 'rate_limited') return 'limited';
  if (error.status < 500) return 'refused';
  return error.status === 503 ? 'away' : 'failed';
}
