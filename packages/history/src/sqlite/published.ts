import type { SeqRange, Unpublished } from '../history.ts';
import type { Connection } from './connection.ts';

/**
 * What is published beyond a channel's mark: ranges after a gap that another publisher is still working on. In memory,
 * because only this process publishes the events of this store; after a crash they are published again, and readers
 * recognize them by their seqs.
 */
export class PublishedAhead {
  readonly #ahead = new Map<string, { first: number; last: number }[]>();

  /** Marks these ranges as published, and advances the marks to the first gap. In the caller's transaction. */
  mark(connection: Connection, ranges: readonly SeqRange[]): void {
    const byChannel = Map.groupBy(ranges, ({ channel }) => channel);
    for (const [channel, added] of byChannel) {
      const row = connection.get('select published, head from channels where name = ?', channel);
      if (row === undefined) continue;
      const head = Number(row.head);
      let published = Number(row.published);
      const known = [...(this.#ahead.get(channel) ?? []), ...added].sort((a, b) => a.first - b.first);
      const ahead: { first: number; last: number }[] = [];
      for (const { first, last } of known) {
        const end = Math.min(last, head);
        if (first <= published + 1) published = Math.max(published, end);
        else if (first <= end) ahead.push({ first, last: end });
      }
      if (ahead.length === 0) this.#ahead.delete(channel);
      else this.#ahead.set(channel, ahead);
      if (published > Number(row.published))
        connection.run('update channels set published = ? where name = ?', published, channel);
    }
  }
}

/**
 * Channels whose head was committed more than `ageMs` ago and is not marked as published, those longest behind first. A
 * head with a time in the future counts as old: otherwise it would wait until that time. In a transaction.
 */
export function readUnpublished(connection: Connection, ageMs: number, limit: number): Unpublished[] {
  const now = Date.now();
  return connection
    .all(
      `select name, published, head from channels
       where published < head and (head_ms <= ? or head_ms > ?) order by head_ms limit ?`,
      ...[now - ageMs, now, limit],
    )
    .map(({ name, published, head }) => ({
      channel: String(name),
      published: Number(published),
      head: Number(head),
    }));
}
