import type { HeldMessage } from './apply-change.ts';

/** Where in the list the message with this seq is, or would be. */
export function indexOf(messages: readonly HeldMessage[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
