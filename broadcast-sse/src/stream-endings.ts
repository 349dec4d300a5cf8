import { type DeniedEvent, jsonFrame } from '@carillon/protocol';
import { chunk } from './chunk.ts';
import type { Clock } from './clock.ts';
import type { EndReason } from './end-reason.ts';
import { Expiry } from './expiry.ts';
import { inSlices } from './slices.ts';
import type { Stream } from './stream.ts';

/** Streams that were opened together end at different times: each after at least this part of the maximum age. */
const LEAST_AGE = 0.8;

/** `retry` of a stream that has reached its age, ms: its client reconnects at once, since no others do so with it. */
const RETRY_AGED_MS = 100;

/** Its client reconnects with its cursor once it has another session or a new token. */
const EXPIRED: DeniedEvent = { reason: 'expired', detail: 'Your session or token has expired.' };

interface Host {
  clock: Clock;
  /** Maximum age of a stream, ms; infinite if there is none. */
  maxAgeMs: number;
  /** Forgets a stream. */
  detach(stream: Stream, reason: EndReason): void;
}

/** Ends streams from this side: by expiry of an identity, by age, by a drain of the node, or since the reader may not read. */
export class StreamEndings {
  readonly #host: Host;
  readonly #expiry: Expiry;

  constructor(host: Host) {
    this.#host = host;
    this.#expiry = new Expiry(host.clock.now());
  }

  /** Plans the end of a stream: the expiry of its identity or its maximum age, whichever comes first. */
  add(stream: Stream): void {
    const { clock, maxAgeMs } = this.#host;
    const { expiresAt = Number.POSITIVE_INFINITY } = stream.identity;
    const age = maxAgeMs * (LEAST_AGE + Math.random() * (1 - LEAST_AGE));
    const endsAt = Math.min(expiresAt, clock.now() + age);
    if (Number.isFinite(endsAt)) this.#expiry.add(stream, endsAt);
  }

  remove(stream: Stream): void {
    this.#expiry.remove(stream);
  }

  /** Ends the streams whose time has come; to be called every EXPIRY_TICK_MS. In slices: thousands may share a token. */
  endExpired(): Promise<void> {
    const { clock } = this.#host;
    const now = clock.now();
    return inSlices(this.#expiry.expired(now), clock, (stream) => {
      const { expiresAt } = stream.identity;
      if (expiresAt !== undefined && expiresAt <= now) this.deny(stream, EXPIRED);
      else this.#sendAway(stream, RETRY_AGED_MS, 'age');
    });
  }

  /** Ends a stream for good: sends the reason, if its connection takes it, and closes the connection. */
  deny(stream: Stream, event: DeniedEvent): void {
    if (stream.closed) return;
    const last = Buffer.from(chunk(jsonFrame({ event: 'denied' }, event)));
    // A client that does not get the reason is refused when it reconnects.
    if (stream.writable) stream.sink.end(last);
    else stream.sink.cut();
    this.#host.detach(stream, event.reason);
  }

  /** Ends these streams; their clients reconnect, each at its own time within `windowMs`. Resolves when all are told. */
  drain(streams: readonly Stream[], windowMs: number): Promise<void> {
    return inSlices(streams, this.#host.clock, (stream) =>
      this.#sendAway(stream, Math.round(Math.random() * windowMs), 'drain'),
    );
  }

  /** Ends a stream whose client is to reconnect, to this node or another, after `retry` ms. */
  #sendAway(stream: Stream, retry: number, reason: 'age' | 'drain'): void {
    // Its end was sent before its turn: a second one would be an error of its connection, which drops bytes that wait.
    if (stream.closed) return;
    const last = Buffer.from(chunk(jsonFrame({ event: 'drain', retry }, { retry })));
    stream.sink.cut(stream.writable ? last : undefined);
    this.#host.detach(stream, reason);
  }
}
