import {
  type ExtentWithTimes,
  type History,
  HistoryUnavailable,
  type SeqRange,
  TIMES_MODULUS,
  type Tickets,
} from '@carillon/history';
import type { LogEvent, Message } from '@carillon/protocol';

/** A store whose content the test decides, and whether it is away. The real stores have suites of their own. */
export class MemoryHistory implements Pick<History, 'epoch' | 'after' | 'extents' | 'seqBefore' | 'tickets'> {
  epoch = 'e1';
  readonly log = new Map<string, LogEvent[]>();
  away = false;
  reads = 0;
  /** The ranges whose commit times were asked for. */
  readonly stretches: SeqRange[] = [];
  readonly tickets: Tickets = {
    issue: async ({ hash, identity }) => {
      this.#answer();
      this.#tickets.set(hash, identity);
      return true;
    },
    redeem: async (hash) => {
      this.#answer();
      const identity = this.#tickets.get(hash);
      this.#tickets.delete(hash);
      return identity;
    },
  };
  #tickets = new Map<string, string>();
  #held: Promise<void> | undefined;
  #earliest = new Map<string, number>();

  commit(channel: string, count = 1, body = 'hello'): Message[] {
    const log = this.#logOf(channel);
    const messages = Array.from({ length: count }, (_, index) => ({
      channel,
      seq: log.length + index + 1,
      author: { id: 'a', name: 'Ada' },
      body,
      createdAt: '2026-01-01T00:00:00.000Z',
    }));
    log.push(...messages);
    return messages;
  }

  /** Commits a change of a message, and applies it to the message; returns the change. */
  change(
    channel: string,
    change: { type: 'edit'; target: number; body: string } | { type: 'delete'; target: number },
  ): LogEvent[] {
    const log = this.#logOf(channel);
    const [createdAt, seq] = ['2026-01-01T00:00:01.000Z', log.length + 1];
    const { target } = change;
    const body = change.type === 'edit' ? change.body : '';
    const message = log[target - 1] as Message;
    const when = change.type === 'delete' ? { deletedAt: createdAt } : { editedAt: createdAt };
    log[target - 1] = { ...message, body, ...when, changed: seq };
    for (const [index, event] of log.entries())
      if ('type' in event && event.type === 'edit' && event.target === target)
        log[index] = { ...event, body: '' };
    const event: LogEvent = { ...change, channel, seq, author: { id: 'a', name: 'Ada' }, createdAt };
    log.push(event);
    return [event];
  }

  expire(channel: string, earliest: number): void {
    this.#earliest.set(channel, earliest);
  }

  async after(channel: string, after: number, limit: number): Promise<LogEvent[]> {
    this.reads += 1;
    this.#answer();
    const from = Math.max(after, this.#earliestOf(channel) - 1);
    const page = this.#logOf(channel).slice(from, from + limit);
    await this.#held;
    return page;
  }

  /** Reads from now on return the log as it is when they are asked, and resolve after `release`. */
  hold(): { release(): void } {
    let release = () => {};
    this.#held = new Promise<void>((resolve) => {
      release = resolve;
    });
    return {
      release: () => {
        this.#held = undefined;
        release();
      },
    };
  }

  async extents(
    channels: readonly string[],
    stretches: readonly SeqRange[] = [],
  ): Promise<Map<string, ExtentWithTimes>> {
    this.#answer();
    this.stretches.push(...stretches);
    const there = channels.filter((channel) => this.log.has(channel));
    return new Map(
      there.map((channel) => {
        const stretch = stretches.find((each) => each.channel === channel);
        const extent = { earliest: this.#earliestOf(channel), head: this.#logOf(channel).length };
        return [channel, stretch === undefined ? extent : { ...extent, times: this.#timesOf(stretch) }];
      }),
    );
  }

  async seqBefore(channel: string, ageMs: number): Promise<number> {
    this.#answer();
    return Math.max(0, this.#logOf(channel).length - ageMs / 1_000);
  }

  #timesOf({ channel, first, last }: SeqRange): number {
    const kept = this.#logOf(channel).slice(Math.max(first, this.#earliestOf(channel)) - 1, last);
    return kept.reduce((sum, { createdAt }) => sum + (Date.parse(createdAt) % TIMES_MODULUS), 0);
  }

  #answer(): void {
    if (this.away) throw new HistoryUnavailable('away');
  }

  #earliestOf(channel: string): number {
    return this.#earliest.get(channel) ?? 1;
  }

  #logOf(channel: string): LogEvent[] {
    let log = this.log.get(channel);
    if (log === undefined) {
      log = [];
      this.log.set(channel, log);
    }
    return log;
  }
}
