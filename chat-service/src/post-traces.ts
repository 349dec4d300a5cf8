import type { Traces } from '@carillon/bus';
import type { Draft } from '@carillon/history';
import type { LogEvent, Span, Tracing } from '@carillon/protocol';

/** Traced events kept that the bus did not take; of more, the oldest traces end with their commit. */
const MAX_UNPUBLISHED = 1_000;

/** Spans of publishes under way, and what goes along with the events. */
export interface PublishTraces {
  readonly traces: Traces;
  end(): void;
  fail(): void;
}

/**
 * The way of traced posts through this process: which of a batch that is committed are traced, and which of the events
 * that go to the bus. Without tracing, or where none of them is traced, it costs a comparison.
 */
export class PostTraces {
  readonly #tracing: Tracing | undefined;
  readonly #waiting = new Map<Draft, Span>();
  readonly #unpublished = new Map<string, Span>();

  constructor(tracing: Tracing | undefined) {
    this.#tracing = tracing;
  }

  /** A traced draft waits to be committed. */
  waits(draft: Draft, span: Span): void {
    this.#waiting.set(draft, span);
  }

  /** It does no longer, committed or not. */
  settled(draft: Draft): void {
    this.#waiting.delete(draft);
  }

  /** A batch was committed, or was not, in so many seconds until now. */
  committed(drafts: readonly Draft[], seconds: number): void {
    if (this.#waiting.size === 0 || this.#tracing === undefined) return;
    const end = this.#tracing.now();
    const attributes = { 'carillon.batch.messages': drafts.length };
    for (const draft of drafts) {
      const span = this.#waiting.get(draft);
      span?.child('commit', { start: end - seconds * 1_000, attributes }).end({}, end);
    }
  }

  /** An event is handed to the bus, of a request that is traced. */
  publishes(event: LogEvent, span: Span): void {
    if (this.#unpublished.size >= MAX_UNPUBLISHED) {
      const [oldest] = this.#unpublished.keys();
      if (oldest !== undefined) this.#unpublished.delete(oldest);
    }
    this.#unpublished.set(keyOf(event), span);
  }

  /** Begins the spans of those of the events that are traced; undefined where none is. To be ended or failed. */
  publish(events: readonly LogEvent[]): PublishTraces | undefined {
    if (this.#unpublished.size === 0) return undefined;
    const spans = new Map<string, Span>();
    const traces = new Map<number, string>();
    const attributes = { 'carillon.batch.messages': events.length };
    for (const event of events) {
      const span = this.#unpublished.get(keyOf(event))?.child('publish', { kind: 'producer', attributes });
      if (span === undefined) continue;
      spans.set(keyOf(event), span);
      traces.set(event.seq, span.traceparent);
    }
    if (spans.size === 0) return undefined;
    return {
      traces,
      end: () => {
        for (const [key, span] of spans) {
          this.#unpublished.delete(key);
          span.end();
        }
      },
      // They stay: the relay publishes the events again, and their traces go on with it.
      fail: () => {
        for (const span of spans.values()) span.fail();
      },
    };
  }
}

const keyOf = ({ channel, seq }: LogEvent): string => `${channel} ${seq}`;
