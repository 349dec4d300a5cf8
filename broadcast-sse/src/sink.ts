/** Where a stream's bytes go: a socket, or a list in a test. All bytes are whole chunks (`chunk.ts`). */
export interface Sink {
  /** Takes bytes, which stay shared and are never changed. Returns false when it takes no more until the hub is told `drained`. */
  write(bytes: Buffer): boolean;
  /** Takes two pieces that belong together, in a single write to the network if possible. Returns the same as `write`. */
  writePair(first: Buffer, second: Buffer): boolean;
  /** No bytes are waiting to leave. */
  readonly idle: boolean;
  /** Called when a heartbeat is due and the sink is not idle, at `now` in clock ms: closes a connection whose bytes do not move. */
  checkProgress(now: number): void;
  /** Sends `last` and cuts the connection without a last chunk, so that every client knows that the stream goes on. */
  cut(last?: Buffer): void;
  /** Sends `last` and the last chunk: the stream is over for good. */
  end(last: Buffer): void;
}
