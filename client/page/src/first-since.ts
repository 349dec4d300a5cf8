import type { Page } from '@carillon/client';

/**
 * seq of the first message that was said at `date` or after it; one more than the head where there is none. Found by
 * halves: a log of a million takes twenty pages of one message.
 * @param read gives the first message after a seq.
 */
export async function firstSince(date: Date, read: (after: number) => Promise<Page>): Promise<number> {
  const wanted = date.getTime();
  const { head, earliest, messages } = await read(0);
  const [first] = messages;
  if (first !== undefined && Date.parse(first.createdAt) >= wanted) return first.seq;
  let low = earliest;
  let high = head + 1;
  while (low < high) {
    const middle = low + Math.floor((high - low) / 2);
    const [message] = (await read(middle - 1)).messages;
    if (message === undefined || message.seq >= high || Date.parse(message.createdAt) >= wanted)
      high = middle;
    else low = message.seq + 1;
  }
  return low;
}
