import type { Traces } from '@carillon/bus';
import type { Draft } from '@carillon/history';
import type { LogEvent, Span, Tracing } from '@carillon/protocol';

/** Most traced events that are kept while the bus does not accept them. Beyond it, the oldest traces end with their commit. */
const MAX_UNPUBLISHED = 1_000;

/** The spans of publishes in progress, and the trace context that goes with the events. */
export interface PublishTraces {
  readonly traces: Traces;
  end(): void;
  fail(): void;
}

/**
 * Follows traced posts through this process: which posts of a committed batch are traced, and which events that go to the bus.
 * Without tracing, or if no post is traced, it costs a comparison.
 */
export class PostTraces {
  readonly #tracing: Tracing | undefined;
  readonly #waiting = new Map<Draft, Span>();
  readonly #unpublished = new Map<string, Span>();

  constructor(tracing: Tracing | undefined) {
    this.#tracing = tracing;
  }

  /** Call it when a traced draft starts to wait for its commit. */
  waits(draft: Draft, span: Span): void {
    this.#waiting.set(draft, span);
  }

  /** Call it when the draft no longer waits, committed or not. */
  settled(draft: Draft): void {
    this.#waiting.delete(draft);
  }

  /** Call it when a batch was committed or failed; it took `seconds`, until now. */
  committed(drafts: readonly Draft[], seconds: number): void {
    if (this.#waiting.size === 0 || this.#tracing === undefined) return;
    const end = this.#tracing.now();
    const attributes = { 'carillon.batch.messages': drafts.length };
    for (const draft of drafts) {
      const span = this.#waiting.get(draft);
      span?.child('commit', { start: end - seconds * 1_000, attributes }).end({}, end);
    }
  }

  /** Call it when an event of a traced request is passed to the bus. */
  publishes(event: LogEvent, span: Span): void {
    if (this.#unpublished.size >= MAX_UNPUBLISHED) {
      const [oldest] = this.#unpublished.keys();
      if (oldest !== undefined) this.#unpublished.delete(oldest);
    }
    this.#unpublished.set(keyOf(event), span);
  }

  /** Starts the spans of the traced events; returns undefined if none is traced. The caller ends or fails them. */
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
      // Keep them: the relay publishes the events again, and their traces continue there.
      fail: () => {
        for (const span of spans.values()) span.fail();
      },
    };
  }
}

const keyOf = ({ channel, seq }: LogEvent): string => `${channel} ${seq}`;
