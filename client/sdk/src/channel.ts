import type { CallOptions, Page, PageOptions, Pin, PostOptions } from './calls.ts';
import type { ChannelEvent, EventsOptions } from './follow.ts';
import type { Message } from './protocol.ts';

/** The calls of a `Carillon` that are about one channel, its first argument. */
export interface ChannelClient {
  post(channel: string, body: string, options?: PostOptions): Promise<Message>;
  edit(channel: string, seq: number, body: string, options?: CallOptions): Promise<Message>;
  delete(channel: string, seq: number, options?: CallOptions): Promise<Message>;
  react(channel: string, seq: number, emoji: string, options?: CallOptions): Promise<Message>;
  unreact(channel: string, seq: number, emoji: string, options?: CallOptions): Promise<Message>;
  pin(channel: string, seq: number, options?: CallOptions): Promise<Message>;
  unpin(channel: string, seq: number, options?: CallOptions): Promise<Message>;
  pins(channel: string, options?: CallOptions): Promise<Pin[]>;
  typing(channel: string): Promise<void>;
  read(channel: string, seq: number, options?: CallOptions): Promise<void>;
  page(channel: string, options?: PageOptions): Promise<Page>;
  events(
    channels: readonly string[],
    options?: EventsOptions,
  ): AsyncIterableIterator<ChannelEvent, undefined>;
}

/**
 * One channel of a `Carillon`.
 *
 * @example
 * const lobby = carillon.channel('lobby');
 * await lobby.post('hello');
 * for await (const event of lobby) if (!('type' in event)) console.log(event.author.name, event.body);
 */
export class Channel implements AsyncIterable<ChannelEvent> {
  readonly name: string;
  readonly #client: ChannelClient;

  constructor(client: ChannelClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  post(body: string, options?: PostOptions): Promise<Message> {
    return this.#client.post(this.name, body, options);
  }

  /** Posts a reply to a message. */
  reply(to: number, body: string, options?: Omit<PostOptions, 'replyTo'>): Promise<Message> {
    return this.#client.post(this.name, body, { ...options, replyTo: to });
  }

  edit(seq: number, body: string, options?: CallOptions): Promise<Message> {
    return this.#client.edit(this.name, seq, body, options);
  }

  delete(seq: number, options?: CallOptions): Promise<Message> {
    return this.#client.delete(this.name, seq, options);
  }

  react(seq: number, emoji: string, options?: CallOptions): Promise<Message> {
    return this.#client.react(this.name, seq, emoji, options);
  }

  unreact(seq: number, emoji: string, options?: CallOptions): Promise<Message> {
    return this.#client.unreact(this.name, seq, emoji, options);
  }

  pin(seq: number, options?: CallOptions): Promise<Message> {
    return this.#client.pin(this.name, seq, options);
  }

  unpin(seq: number, options?: CallOptions): Promise<Message> {
    return this.#client.unpin(this.name, seq, options);
  }

  pins(options?: CallOptions): Promise<Pin[]> {
    return this.#client.pins(this.name, options);
  }

  /** Tells the others that the caller types. */
  typing(): Promise<void> {
    return this.#client.typing(this.name);
  }

  /** Moves the caller's read cursor. */
  read(seq: number, options?: CallOptions): Promise<void> {
    return this.#client.read(this.name, seq, options);
  }

  page(options?: PageOptions): Promise<Page> {
    return this.#client.page(this.name, options);
  }

  /** What happens in the channel, from now on or from `since` or `cursor`; comes back by itself after every cut. */
  events(options?: EventsOptions): AsyncIterableIterator<ChannelEvent, undefined> {
    return this.#client.events([this.name], options);
  }

  [Symbol.asyncIterator](): AsyncIterator<ChannelEvent, undefined> {
    return this.events();
  }
}
