import type { Extent } from '@carillon/history';
import type { ResetReason, Since } from '@carillon/protocol';

/** Where a stream starts in a channel: just after `seq`. With `reset` the reader is told that its cursor was lost, and why. */
export interface Start {
  seq: number;
  reset?: ResetReason;
}

/** Where a reader resumes that had events up to `seq`, in a channel whose store keeps the events of `extent`. */
export function startAtCursor(seq: number, { earliest, head }: Extent): Start {
  if (seq > head) return { seq: head, reset: 'ahead' };
  if (seq < earliest - 1) return { seq: earliest - 1, reset: 'expired' };
  return { seq };
}

/**
 * Where a reader without a cursor starts, in a channel whose store keeps the events of `extent`.
 * @param seqBefore for an age: the last seq that is older, which only the store can tell.
 */
export function startSince(since: Since, { earliest, head }: Extent, seqBefore: number): Start {
  switch (since.kind) {
    case 'latest':
      return { seq: head };
    case 'earliest':
      return { seq: earliest - 1 };
    case 'count':
      return { seq: Math.max(earliest - 1, head - since.count) };
    case 'age':
      return { seq: Math.min(head, Math.max(earliest - 1, seqBefore)) };
  }
}
