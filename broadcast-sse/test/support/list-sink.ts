import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Reader } from '../../src/subscriber.ts';
import { createStream, type Sink, type Stream } from '../../src/subscriber.ts';

/** Who reads where it does not matter. */
export const ANYBODY: Reader = {
  identity: {
    kind: 'anonymous',
    author: { id: 'guest', name: 'Guest' },
    grants: { subscribe: ['*'], publish: ['*'], moderate: [] },
  },
  holder: undefined,
};

/** A reader that keeps what it is sent, and stops taking bytes when the test says so. */
export class ListSink implements Sink {
  readonly events: EventSourceMessage[] = [];
  readonly writes: Buffer[] = [];
  stream: Stream = createStream(this, ANYBODY);
  ended = false;
  /** Writes it still takes before it is full. */
  room = Number.POSITIVE_INFINITY;
  #id = '';
  readonly #parser = createParser({ onEvent: (event) => this.events.push(event) });

  get idle(): boolean {
    return this.room > 0;
  }

  /** The id an EventSource would return with: of a block of `id:` alone too. */
  get lastId(): string {
    return this.#id;
  }

  checkProgress(): void {}

  write(bytes: Buffer): boolean {
    if (bytes.length > 0) this.writes.push(bytes);
    const text = bytes.toString();
    this.#parser.feed(text);
    for (const match of text.matchAll(/^id: (.*)$/gm)) this.#id = match[1] ?? '';
    this.room -= 1;
    return this.room > 0;
  }

  writePair(first: Buffer, second: Buffer): boolean {
    return this.write(Buffer.concat([first, second]));
  }

  end(last?: Buffer): void {
    if (last !== undefined) this.write(last);
    this.ended = true;
  }

  /** seqs of the messages of a channel, as they came. */
  seqs(channel: string): number[] {
    return this.messages(channel).map(({ seq }) => seq);
  }

  messages(channel: string): { channel: string; seq: number; body: string }[] {
    return this.events
      .filter(({ event }) => event === undefined)
      .map(({ data }) => JSON.parse(data))
      .filter((message) => message.channel === channel);
  }

  named(
    event: string,
  ): { data: Record<string, unknown>; id?: string | undefined; retry?: number | undefined }[] {
    return this.events
      .filter((one) => one.event === event)
      .map(({ data, id }) => ({ data: JSON.parse(data), id }));
  }
}
