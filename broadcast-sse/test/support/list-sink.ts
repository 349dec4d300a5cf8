import { CHANGE_LINE } from '@carillon/protocol';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { withoutChunks } from '../../src/chunk.ts';
import type { Sink } from '../../src/sink.ts';
import { createStream, type Reader, type Stream } from '../../src/stream.ts';

/** A reader for tests in which it does not matter who reads. */
export const ANYBODY: Reader = {
  identity: {
    kind: 'anonymous',
    author: { id: 'guest', name: 'Guest' },
    grants: { subscribe: ['*'], publish: ['*'], moderate: [] },
  },
  quota: undefined,
};

/** `message`, the type of a change, or the event's name. */
export function nameOf({ event = 'message', data }: EventSourceMessage): string {
  return event === CHANGE_LINE ? JSON.parse(data).type : event;
}

/** The content of a write. */
interface Written {
  readonly events: readonly EventSourceMessage[];
  /** The messages among them. */
  readonly messages: readonly Posted[];
  /** The last id in it. */
  readonly lastId: string | undefined;
}

interface Posted {
  channel: string;
  seq: number;
  body: string;
}

/** The engine gives the same bytes to all readers at the same cursor: they are parsed once, however many readers get them. */
const parsed = new WeakMap<Buffer, Written>();

function read(bytes: Buffer): Written {
  const known = parsed.get(bytes);
  if (known !== undefined) return known;
  const text = withoutChunks(bytes).toString();
  if (text !== '' && !text.endsWith('\n\n'))
    throw new Error(`a write ends within an event: ${text.slice(-200)}`);
  for (const block of text.split('\n\n').slice(0, -1)) {
    if (!/^data: /m.test(block) && !block.startsWith(':')) throw new Error(`a block without data: ${block}`);
    if (/^id: .*\n/m.test(block)) throw new Error(`an id before the end of its block: ${block}`);
  }
  const events: EventSourceMessage[] = [];
  createParser({ onEvent: (event) => events.push(event) }).feed(text);
  const written = {
    events,
    messages: events.filter(({ event }) => event === undefined).map(({ data }) => JSON.parse(data) as Posted),
    lastId: [...text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1],
  };
  parsed.set(bytes, written);
  return written;
}

/** A reader that keeps what it is sent, and stops taking bytes when the test says so. */
export class ListSink implements Sink {
  readonly writes: Buffer[] = [];
  stream: Stream = createStream(this, ANYBODY);
  ended = false;
  /** It got the last chunk: the stream ended for good. */
  over = false;
  /** Writes it still takes before it is full. */
  room = Number.POSITIVE_INFINITY;
  readonly #written: Written[] = [];

  get idle(): boolean {
    return this.room > 0;
  }

  get events(): EventSourceMessage[] {
    return this.#written.flatMap(({ events }) => events);
  }

  /** The id that an EventSource would reconnect with. */
  get lastId(): string {
    return this.#written.findLast(({ lastId }) => lastId !== undefined)?.lastId ?? '';
  }

  checkProgress(): void {}

  write(bytes: Buffer): boolean {
    if (bytes.length > 0) this.writes.push(bytes);
    return this.#take(bytes);
  }

  writePair(first: Buffer, second: Buffer): boolean {
    const whole = Buffer.concat([first, second]);
    this.writes.push(whole);
    return this.#take(whole);
  }

  cut(last?: Buffer): void {
    if (last !== undefined) this.write(last);
    this.ended = true;
  }

  end(last: Buffer): void {
    this.cut(last);
    this.over = true;
  }

  /** seqs of the messages of a channel, as they came. */
  seqs(channel: string): number[] {
    return this.messages(channel).map(({ seq }) => seq);
  }

  messages(channel: string): Posted[] {
    return this.#written.flatMap(({ messages }) => messages).filter((message) => message.channel === channel);
  }

  named(
    event: string,
  ): { data: Record<string, unknown>; id?: string | undefined; retry?: number | undefined }[] {
    return this.events
      .filter((one) => nameOf(one) === event)
      .map(({ data, id }) => ({ data: JSON.parse(data), id }));
  }

  #take(bytes: Buffer): boolean {
    this.#written.push(read(bytes));
    this.room -= 1;
    return this.room > 0;
  }
}
