import type { CallOptions, Page, PageOptions, Pin, PostOptions } from './calls.ts';
import type { Carillon } from './carillon.ts';
import type { ChannelEvent, EventsOptions } from './follow.ts';
import type { Message } from './protocol.ts';

/**
 * One channel of a {@link Carillon}.
 *
 * @example
 * const lobby = carillon.channel('lobby');
 * await lobby.post('hello');
 * for await (const event of lobby) if (!('type' in event)) console.log(event.author.name, event.body);
 */
export class Channel implements AsyncIterable<ChannelEvent> {
  readonly name: string;
  readonly #carillon: Carillon;

  constructor(carillon: Carillon, name: string) {
    this.#carillon = carillon;
    this.name = name;
  }

  post(body: string, options?: PostOptions): Promise<Message> {
    return this.#carillon.post(this.name, body, options);
  }

  /** Posts an answer to a message. */
  reply(to: number, body: string, options?: Omit<PostOptions, 'replyTo'>): Promise<Message> {
    return this.#carillon.post(this.name, body, { ...options, replyTo: to });
  }

  edit(seq: number, body: string, options?: CallOptions): Promise<Message> {
    return this.#carillon.edit(this.name, seq, body, options);
  }

  delete(seq: number, options?: CallOptions): Promise<Message> {
    return this.#carillon.delete(this.name, seq, options);
  }

  react(seq: number, emoji: string, options?: CallOptions): Promise<Message> {
    return this.#carillon.react(this.name, seq, emoji, options);
  }

  unreact(seq: number, emoji: string, options?: CallOptions): Promise<Message> {
    return this.#carillon.unreact(this.name, seq, emoji, options);
  }

  pin(seq: number, options?: CallOptions): Promise<Message> {
    return this.#carillon.pin(this.name, seq, options);
  }

  unpin(seq: number, options?: CallOptions): Promise<Message> {
    return this.#carillon.unpin(this.name, seq, options);
  }

  pins(options?: CallOptions): Promise<Pin[]> {
    return this.#carillon.pins(this.name, options);
  }

  /** Tells the others that the caller types. */
  typing(): Promise<void> {
    return this.#carillon.typing(this.name);
  }

  /** Moves the caller's read cursor. */
  read(seq: number, options?: CallOptions): Promise<void> {
    return this.#carillon.read(this.name, seq, options);
  }

  page(options?: PageOptions): Promise<Page> {
    return this.#carillon.page(this.name, options);
  }

  /** What happens in the channel, from now on or from `since` or `cursor`; comes back by itself after every cut. */
  events(options?: EventsOptions): AsyncIterableIterator<ChannelEvent, undefined> {
    return this.#carillon.events([this.name], options);
  }

  [Symbol.asyncIterator](): AsyncIterator<ChannelEvent, undefined> {
    return this.events();
  }
}
