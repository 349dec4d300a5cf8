import type { Author, Message } from '@carillon/protocol';
import { EventSource as DefaultEventSource } from '#event-source';
import { type Backoff, DEFAULT_BACKOFF } from './backoff.ts';
import type { EventSourceConstructor } from './event-source.ts';
import { newKey } from './key.ts';
import { request, type Wire } from './request.ts';
import { type SubscribeOptions, type Subscription, subscribe } from './subscribe.ts';

export interface CarillonOptions {
  /** Where the server is, such as `http://localhost:8080`. In a browser: the page's own origin where left out. */
  url?: string;
  fetch?: typeof fetch;
  EventSource?: EventSourceConstructor;
  /** Waits between attempts, of calls and of streams. */
  backoff?: Backoff;
}

export interface PostOptions {
  /** The `Idempotency-Key`; a new one where left out. All attempts carry the same, so a message is never doubled. */
  key?: string;
  /** seq of the message this one answers. */
  replyTo?: number;
  /** For how long to try again while the server cannot be reached, milliseconds. */
  retryForMs?: number;
  signal?: AbortSignal;
}

export interface PageOptions {
  /** Messages with a smaller seq than this, the newest of them. */
  before?: number;
  /** Messages with a greater seq than this, the oldest of them. */
  after?: number;
  limit?: number;
  signal?: AbortSignal;
}

/** Messages of one channel, oldest first, and where its log begins and ends. */
export interface Page {
  channel: string;
  messages: Message[];
  head: number;
  earliest: number;
}

export interface ChannelListing {
  channel: string;
  head: number;
  earliest: number;
  /** When its newest event was committed, ISO 8601. */
  lastAt: string;
}

export interface ChannelList {
  channels: ChannelListing[];
  /** Where the list goes on, undefined or null at its end. */
  next?: string | null;
}

/** A person waits this long for a post before being asked what to do with it. */
const POST_RETRY_MS = 60_000;
/** Reads can simply be asked for again. */
const READ_RETRY_MS = 15_000;

/**
 * A client of one Carillon server, for browsers and Node.
 *
 * @example
 * const carillon = new Carillon({ url: 'http://localhost:8080' });
 * const subscription = carillon.subscribe(['lobby'], { onMessage: ({ author, body }) => console.log(author.name, body) });
 * await carillon.post('lobby', 'hello');
 * subscription.close();
 */
export class Carillon {
  readonly #wire: Wire;
  readonly #EventSource: EventSourceConstructor;
  /** Tells the calls that wait when a stream is back: then the server is. */
  readonly #returns = new EventTarget();

  constructor(options: CarillonOptions = {}) {
    this.#wire = {
      url: (options.url ?? '').replace(/\/+$/, ''),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      wakers: typeof document === 'undefined' ? [this.#returns] : [this.#returns, globalThis],
    };
    this.#EventSource = options.EventSource ?? DefaultEventSource;
  }

  /** Posts a message. When this resolves, the message is durable; it is the stored message, with its seq. */
  post(channel: string, body: string, options: PostOptions = {}): Promise<Message> {
    const { key = newKey(), replyTo, retryForMs = POST_RETRY_MS, signal } = options;
    return request(this.#wire, `${channelPath(channel)}/messages`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      json: replyTo === undefined ? { body } : { body, replyTo },
      retryForMs,
      signal,
    });
  }

  /** Reads a page of a channel: the newest messages, or those `before` or `after` a seq. */
  page(channel: string, { signal, ...range }: PageOptions = {}): Promise<Page> {
    return this.#read(`${channelPath(channel)}/messages`, range, signal);
  }

  /** Lists channels by name, those after `after`. */
  channels(options: { after?: string; limit?: number } = {}): Promise<ChannelList> {
    return this.#read('/v1/channels', options);
  }

  /** Who the server takes us for; a guest has the id `guest`. */
  session(): Promise<Author> {
    return this.#read('/v1/session', {});
  }

  /** Sets the display name; the server keeps it in a cookie. Gives the name as it is stored. */
  rename(name: string): Promise<Author> {
    return request(this.#wire, '/v1/session', { method: 'POST', json: { name }, retryForMs: READ_RETRY_MS });
  }

  /** Follows channels, from now on or from `since` or `cursor`; comes back by itself after every cut. */
  subscribe(channels: readonly string[], options: SubscribeOptions): Subscription {
    return subscribe(channels, options, {
      url: this.#wire.url,
      backoff: this.#wire.backoff,
      EventSource: this.#EventSource,
      onUp: () => void this.#returns.dispatchEvent(new Event('online')),
      page: (channel, range) => this.page(channel, range),
    });
  }

  #read<T>(
    path: string,
    query: Record<string, string | number | undefined>,
    signal?: AbortSignal,
  ): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    const suffix = search.size > 0 ? `?${search}` : '';
    return request(this.#wire, path + suffix, { retryForMs: READ_RETRY_MS, signal });
  }
}

function channelPath(channel: string): string {
  return `/v1/channels/${encodeURIComponent(channel)}`;
}
