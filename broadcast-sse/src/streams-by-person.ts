import type { Stream } from './stream.ts';

/**
 * The open streams of each person, so that a ban costs only the streams it is about. Each list is linked through the streams
 * themselves: an idle stream pays two references for it. Readers without a name share one id, and one list.
 */
export class StreamsByPerson {
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

  /** The streams of the person with this id, the newest first; at most `limit`. */
  of(personId: string, limit = Number.POSITIVE_INFINITY): Stream[] {
    const streams: Stream[] = [];
    let next = this.#newest.get(personId);
    for (; next !== undefined && streams.length < limit; next = next.older) streams.push(next);
    return streams;
  }
}
