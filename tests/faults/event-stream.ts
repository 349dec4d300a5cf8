/** One dispatched event. */
export interface StreamEvent {
  /** `message` where the block names none. */
  name: string;
  data: string;
  /** The last event id when it was dispatched. */
  id: string;
}

/**
 * Reads an event stream as WHATWG HTML 9.2.6 says it, sharing nothing with Carillon's own code: a block that is
 * not closed is thrown away with its id, and a block of `id:` alone moves the last event id.
 */
export class EventStreamParser {
  lastEventId = '';
  retryMs: number | undefined;
  readonly #onEvent: (event: StreamEvent) => void;
  readonly #decoder = new TextDecoder();
  #rest = '';
  #name = '';
  #data: string[] = [];
  #id: string | undefined;

  constructor(onEvent: (event: StreamEvent) => void) {
    this.#onEvent = onEvent;
  }

  feed(bytes: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (line === '') {
      this.#dispatch();
      return;
    }
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') this.#name = value;
    else if (field === 'data') this.#data.push(value);
    else if (field === 'id') this.#id = value;
    else if (field === 'retry') this.retryMs = Number(value);
  }

  #dispatch(): void {
    if (this.#id !== undefined) this.lastEventId = this.#id;
    const event = { name: this.#name || 'message', data: this.#data.join('\n'), id: this.lastEventId };
    const isEmpty = this.#data.length === 0;
    this.#name = '';
    this.#data = [];
    this.#id = undefined;
    if (!isEmpty) this.#onEvent(event);
  }
}
