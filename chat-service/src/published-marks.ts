import type { History } from '@carillon/history';

/** Channels kept in mind, some 200 bytes each. One that is not known is only relayed once too often. */
const MAX_CHANNELS = 20_000;

/** Stretches kept for one channel while those before them are missing; more are forgotten, and relayed again. */
const MAX_AHEAD = 64;

interface Mark {
  /** Everything up to here is on the bus. Undefined until the store or the channel's first message says. */
  upTo: number | undefined;
  /** What is on the bus beyond `upTo`, sorted: the messages between are another node's, or failed. */
  ahead: { first: number; last: number }[];
}

/**
 * Up to which seq each channel is known to be on the bus. A mark never passes a message that is not: what one
 * publish failed to hand over, or another node committed, stays in front of it until the relay has been there.
 */
export class PublishedMarks {
  readonly #marks = new Map<string, Mark>();
  readonly #unwritten = new Set<string>();

  /** Notes that `first` to `last` of a channel are published, or are gone and will never be. */
  published(channel: string, first: number, last: number): void {
    const mark = this.#mark(channel);
    if (mark === undefined) return;
    if (first === 1) mark.upTo ??= 0;
    insert(mark.ahead, first, last);
    this.#advance(channel, mark);
  }

  /** Notes the mark that the store has. */
  stored(channel: string, seq: number): void {
    const mark = this.#mark(channel);
    if (mark === undefined) return;
    mark.upTo = Math.max(mark.upTo ?? 0, seq);
    this.#advance(channel, mark);
  }

  /** The seq up to which everything is published; undefined where it is not known. */
  upTo(channel: string): number | undefined {
    return this.#marks.get(channel)?.upTo;
  }

  /** Writes every mark that moved, in one statement. Where the store is away it throws, and they are kept for the next time. */
  async write(history: Pick<History, 'markPublished'>): Promise<void> {
    if (this.#unwritten.size > 0) {
      const seqs = new Map<string, number>();
      for (const channel of this.#unwritten) seqs.set(channel, this.upTo(channel) ?? 0);
      await history.markPublished(seqs);
      for (const [channel, seq] of seqs) if (this.upTo(channel) === seq) this.#unwritten.delete(channel);
    }
    this.#forget();
  }

  #mark(channel: string): Mark | undefined {
    const known = this.#marks.get(channel);
    if (known !== undefined || this.#marks.size >= 2 * MAX_CHANNELS) return known;
    const mark: Mark = { upTo: undefined, ahead: [] };
    this.#marks.set(channel, mark);
    return mark;
  }

  #advance(channel: string, mark: Mark): void {
    if (mark.upTo === undefined) return;
    let next = mark.ahead[0];
    while (next !== undefined && next.first <= mark.upTo + 1) {
      if (next.last > mark.upTo) {
        mark.upTo = next.last;
        this.#unwritten.add(channel);
      }
      mark.ahead.shift();
      next = mark.ahead[0];
    }
  }

  /** A Map keeps the order of insertion: the oldest go first, but those that still have something to say. */
  #forget(): void {
    for (const [channel, { ahead }] of this.#marks) {
      if (this.#marks.size <= MAX_CHANNELS) return;
      if (ahead.length === 0 && !this.#unwritten.has(channel)) this.#marks.delete(channel);
    }
  }
}

function insert(ahead: Mark['ahead'], first: number, last: number): void {
  let at = ahead.length;
  while (at > 0 && (ahead[at - 1]?.first ?? 0) > first) at--;
  const before = ahead[at - 1];
  if (before !== undefined && before.last >= first - 1) before.last = Math.max(before.last, last);
  else ahead.splice(at, 0, { first, last });
  if (ahead.length > MAX_AHEAD) ahead.pop();
}
