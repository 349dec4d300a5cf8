import { HistoryBusy, HistoryUnavailable } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import type { PostOutcome } from './metrics.ts';

/**
 * What became of a post, by what was thrown instead of an answer. `refused` and `limited` are the caller's doing alone: what
 * is ours counts against the objective, wherever on the way it was thrown.
 */
export function failedPost(error: unknown): PostOutcome {
  if (error instanceof HistoryBusy) return 'busy';
  if (error instanceof HistoryUnavailable) return error.stored === 'no' ? 'away' : 'unknown';
  if (!(error instanceof Problem)) return 'failed';
  if (error.code === 'rate_limited') return 'limited';
  if (error.status < 500) return 'refused';
  return error.status === 503 ? 'away' : 'failed';
}
