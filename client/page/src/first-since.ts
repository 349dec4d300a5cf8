import type { Message, Page } from '@carillon/client';

/** Messages that are looked at together where dates do not grow with seq: one page. */
const AT_ONCE = 100;

/** A date that is further ahead than this of the clock here is of a clock that was wrong, ms: that one may be off, too. */
const AHEAD_MS = 24 * 60 * 60 * 1_000;

/**
 * seq of the first message that was said at `date` or after it; one more than the head where there is none. Found by
 * halves: a log of a million takes twenty pages of one message. Then the messages before it are looked at, and where one is as young it is
 * searched on before that: dates may have been given by a clock that was wrong. One that was ahead says nothing (issue 13, C1).
 * @param read gives the first messages after a seq, at most `limit`.
 * @param now ms since 1970.
 */
export async function firstSince(
  date: Date,
  read: (after: number, limit: number) => Promise<Page>,
  now = Date.now(),
): Promise<number> {
  const wanted = date.getTime();
  const isKnown = ({ createdAt }: Message) => Date.parse(createdAt) <= now + AHEAD_MS;
  const isYoung = (message: Message) => isKnown(message) && Date.parse(message.createdAt) >= wanted;

  /** The first message behind `after` whose date says something, where one is before `high`. */
  async function knownBehind(after: number, high: number): Promise<Message | undefined> {
    let { messages } = await read(after, 1);
    for (;;) {
      const last = messages.at(-1);
      const known = messages.find(isKnown);
      if (last === undefined || known !== undefined) return known && known.seq < high ? known : undefined;
      if (last.seq >= high) return undefined;
      ({ messages } = await read(last.seq, AT_ONCE));
    }
  }

  async function byHalves(from: number, to: number): Promise<number> {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = low + Math.floor((high - low) / 2);
      const message = await knownBehind(middle - 1, high);
      if (message === undefined || isYoung(message)) high = middle;
      else low = message.seq + 1;
    }
    return low;
  }

  const { head, earliest, messages } = await read(0, 1);
  const [first] = messages;
  if (first !== undefined && isYoung(first)) return first.seq;
  for (let high = head + 1; ; ) {
    const found = await byHalves(earliest, high);
    const before = found > earliest ? (await read(Math.max(0, found - 1 - AT_ONCE), AT_ONCE)).messages : [];
    const young = before.find((message) => message.seq < found && isYoung(message));
    if (young === undefined) return found;
    high = young.seq;
  }
}
