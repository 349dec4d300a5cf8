import type { Stream } from './subscriber.ts';

/**
 * The open streams of each person, so that a ban costs only those it is about. A list through the streams themselves: an idle
 * one pays two references for it. Those who gave no name share one id, and one list.
 */
export class Readers {
  readonly #newest = new Map<string, Stream>();

  add(stream: Stream): void {
    const { id } = stream.identity.author;
    const newest = this.#newest.get(id);
    stream.older = newest;
    if (newest !== undefined) newest.newer = stream;
    this.#newest.set(id, stream);
  }

  remove(stream: Stream): void {
    const { id } = stream.identity.author;
    const { older, newer } = stream;
    if (older !== undefined) older.newer = newer;
    if (newer !== undefined) newer.older = older;
    else if (older !== undefined) this.#newest.set(id, older);
    else this.#newest.delete(id);
    stream.older = undefined;
    stream.newer = undefined;
  }

  /** The streams of a person, the newest first; at most `limit`. */
  of(person: string, limit = Number.POSITIVE_INFINITY): Stream[] {
    const streams: Stream[] = [];
    let next = this.#newest.get(person);
    for (; next !== undefined && streams.length < limit; next = next.older) streams.push(next);
    return streams;
  }
}
