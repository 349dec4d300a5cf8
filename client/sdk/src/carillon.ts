import { EventSource as DefaultEventSource } from '#event-source';
import { type Backoff, DEFAULT_BACKOFF } from './backoff.ts';
import type {
  AuditOptions,
  AuditPage,
  CallOptions,
  ChannelInfo,
  ChannelList,
  ChannelListing,
  ChannelSettings,
  ListOptions,
  LogOptions,
  LogPage,
  Member,
  MemberList,
  NewChannel,
  NewMember,
  Page,
  PageOptions,
  Pin,
  PostOptions,
  RevisionList,
  RevisionOptions,
  Revocation,
  Sanction,
  SearchOptions,
  SearchResults,
  Session,
} from './calls.ts';
import { Channel } from './channel.ts';
import type { EventSourceConstructor } from './event-source.ts';
import { type ChannelEvent, type EventsOptions, follow } from './follow.ts';
import { newKey } from './key.ts';
import { banPath, channelPath, memberPath, messagePath, mutePath, pinPath, reactionPath } from './paths.ts';
import type { Author, Message, PresenceEvent } from './protocol.ts';
import { refusalOf, type Wire } from './request.ts';
import { createRest, type Rest } from './rest.ts';
import { subscribe } from './subscribe.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';
import { type Token, type Tokens, tokensFrom } from './token.ts';

export interface CarillonOptions {
  /** The server's address, such as `http://localhost:8080`. In a browser it can be left out: then it is the page's own origin. */
  url?: string;
  /**
   * A bearer token, or a function that gets one. The function is called at first, again when the server refuses the token in use, and
   * before a stream's token expires. Without it, cookies say who calls.
   */
  token?: Token;
  fetch?: typeof fetch;
  EventSource?: EventSourceConstructor;
  /** Waits between attempts, of calls and of streams. */
  backoff?: Backoff;
}

/** How long a post is tried before the caller has to decide what to do with it, ms. */
const POST_RETRY_MS = 60_000;

/**
 * A client of one Carillon server, for browsers and Node. Calls reject with a {@link CarillonError} when they failed for
 * good, and with the signal's reason when it was aborted.
 *
 * @example
 * const carillon = new Carillon({ url: 'http://localhost:8080' });
 * const subscription = carillon.subscribe(['lobby'], { onMessage: ({ author, body }) => console.log(author.name, body) });
 * await carillon.post('lobby', 'hello');
 * subscription.close();
 */
export class Carillon {
  readonly #wire: Wire;
  readonly #rest: Rest;
  readonly #EventSource: EventSourceConstructor;
  /** Wakes the calls that wait once a stream is back: then the server is, too. */
  readonly #returns = new EventTarget();

  constructor(options: CarillonOptions = {}) {
    this.#wire = {
      url: (options.url ?? '').replace(/\/+$/, ''),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      wakers: typeof document === 'undefined' ? [this.#returns] : [this.#returns, globalThis],
      tokens: options.token === undefined ? undefined : tokensFrom(options.token),
    };
    this.#rest = createRest(this.#wire);
    this.#EventSource = options.EventSource ?? DefaultEventSource;
  }

  /** One channel, with the calls that are about it; `for await` gives what happens there. */
  channel(name: string): Channel {
    return new Channel(this, name);
  }

  /** Posts a message. When this resolves, the message is durable; it is the stored message, with its seq. */
  post(channel: string, body: string, options: PostOptions = {}): Promise<Message> {
    const { key = newKey(), replyTo, retryForMs = POST_RETRY_MS, signal } = options;
    return this.#rest.call('POST', `${channelPath(channel)}/messages`, {
      headers: { 'idempotency-key': key },
      json: replyTo === undefined ? { body } : { body, replyTo },
      retryForMs,
      signal,
    });
  }

  /** Gives a message another text. Gives the stored message; the same text again changes nothing. */
  edit(channel: string, seq: number, body: string, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.call('PATCH', messagePath(channel, seq), { json: { body }, signal });
  }

  /** Deletes a message: its text is erased. Gives the tombstone that stays. */
  delete(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.call('DELETE', messagePath(channel, seq), { signal });
  }

  /** Adds a reaction to a message. Gives the message with its reactions. */
  react(channel: string, seq: number, emoji: string, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.call('PUT', reactionPath(channel, seq, emoji), { signal });
  }

  /** Takes a reaction back. Gives the message with its reactions. */
  unreact(channel: string, seq: number, emoji: string, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.call('DELETE', reactionPath(channel, seq, emoji), { signal });
  }

  /** Pins a message in its channel; for moderators. Gives the message; a pinned one stays pinned. */
  pin(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.call('PUT', pinPath(channel, seq), { signal });
  }

  /** Unpins a message. Gives the message. */
  unpin(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.call('DELETE', pinPath(channel, seq), { signal });
  }

  /** The pinned messages of a channel, the latest pin first. */
  async pins(channel: string, { signal }: CallOptions = {}): Promise<Pin[]> {
    const { pins } = await this.#rest.get<{ pins: Pin[] }>(`${channelPath(channel)}/pins`, {}, signal);
    return pins;
  }

  /** Moves the caller's read cursor: the channel was read up to `seq`. */
  async read(channel: string, seq: number, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.call('PUT', `${channelPath(channel)}/read`, { json: { seq }, signal });
  }

  /** Says that the caller types; it is forgotten after some seconds, so say it again while it goes on. Tried once. */
  async typing(channel: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.call('POST', `${channelPath(channel)}/typing`, { retryForMs: 0, signal });
  }

  /** Reads a page of a channel: the newest messages, or those `before` or `after` a seq. */
  page(channel: string, { signal, ...range }: PageOptions = {}): Promise<Page> {
    return this.#rest.get(`${channelPath(channel)}/messages`, range, signal);
  }

  /** Reads one message as it is now. */
  message(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#rest.get(messagePath(channel, seq), {}, signal);
  }

  /** The texts that a message has had, for its author and moderators. */
  revisions(channel: string, seq: number, { signal, ...range }: RevisionOptions = {}): Promise<RevisionList> {
    return this.#rest.list(`${messagePath(channel, seq)}/revisions`, range, 'after', Number, signal);
  }

  /** Reads a channel's log, changes and all, from its oldest event or from the one after `after`. */
  log(channel: string, { signal, ...range }: LogOptions = {}): Promise<LogPage> {
    return this.#rest.get(`${channelPath(channel)}/events`, range, signal);
  }

  /** Finds messages by their text in the channels that the caller may read, the best first. */
  search(q: string, { signal, channels = [], ...more }: SearchOptions = {}): Promise<SearchResults> {
    return this.#rest.list('/v1/search', { q, channel: channels, ...more }, 'cursor', String, signal);
  }

  /** The people on a channel. */
  presence(channel: string, { signal }: CallOptions = {}): Promise<PresenceEvent> {
    return this.#rest.get(`${channelPath(channel)}/presence`, {}, signal);
  }

  /** Lists channels by name, those after `after`. */
  channels({ signal, ...range }: ListOptions = {}): Promise<ChannelList> {
    return this.#rest.list('/v1/channels', range, 'after', String, signal);
  }

  /** What a channel is; `lastAt` is missing where nothing was ever posted. */
  channelInfo(channel: string, { signal }: CallOptions = {}): Promise<ChannelInfo & Partial<ChannelListing>> {
    return this.#rest.get(channelPath(channel), {}, signal);
  }

  /** Creates a channel. */
  createChannel(
    channel: string,
    settings: NewChannel = {},
    { signal }: CallOptions = {},
  ): Promise<ChannelInfo> {
    return this.#rest.call('PUT', channelPath(channel), { json: settings, signal });
  }

  /** Sets a channel's topic, who may read it, and whether it takes posts. */
  updateChannel(
    channel: string,
    settings: ChannelSettings,
    { signal }: CallOptions = {},
  ): Promise<ChannelInfo> {
    return this.#rest.call('PATCH', channelPath(channel), { json: settings, signal });
  }

  /** The members of a private channel. */
  members(channel: string, { signal, ...range }: ListOptions = {}): Promise<MemberList> {
    return this.#rest.list(`${channelPath(channel)}/members`, range, 'after', String, signal);
  }

  /** Lets somebody read and write in a private channel, or makes them an owner. */
  addMember(channel: string, { id, ...more }: NewMember, { signal }: CallOptions = {}): Promise<Member> {
    return this.#rest.call('PUT', memberPath(channel, id), { json: more, signal });
  }

  async removeMember(channel: string, person: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', memberPath(channel, person), { signal });
  }

  /** Mutes somebody for a time: they can read, but not write. */
  async mute(channel: string, person: string, terms: Sanction, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.call('PUT', mutePath(channel, person), { json: terms, signal });
  }

  async unmute(channel: string, person: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', mutePath(channel, person), { signal });
  }

  /** Bans somebody for a time, from a channel or, where it is undefined, from all. Their streams end at once. */
  async ban(
    channel: string | undefined,
    person: string,
    terms: Sanction,
    { signal }: CallOptions = {},
  ): Promise<void> {
    await this.#rest.call('PUT', banPath(channel, person), { json: terms, signal });
  }

  async unban(channel: string | undefined, person: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#rest.call('DELETE', banPath(channel, person), { signal });
  }

  /** What moderators and owners did, the newest first. */
  audit({ signal, ...range }: AuditOptions = {}): Promise<AuditPage> {
    return this.#rest.list('/v1/audit', range, 'before', Number, signal);
  }

  /** Ends all sessions and tokens that somebody has until now; everybody may end their own. */
  revoke(person: string, { signal }: CallOptions = {}): Promise<Revocation> {
    return this.#rest.call('POST', `/v1/people/${encodeURIComponent(person)}/revocation`, { signal });
  }

  /** The caller, as the server knows them; a guest has the id `guest`. */
  session({ signal }: CallOptions = {}): Promise<Session> {
    return this.#rest.get('/v1/session', {}, signal);
  }

  /** Sets the display name, in a cookie. Gives the name as it is stored. */
  rename(name: string): Promise<Author> {
    return this.#rest.call('POST', '/v1/session', { json: { name } });
  }

  /** Makes a session of the token, for a browser: the server sets a cookie, and the token is not needed any more. */
  signIn(): Promise<Session> {
    return this.#rest.call('POST', '/v1/session', {});
  }

  /** Ends the cookie's session. `next`: where a browser goes next, to sign out at the identity provider, too. */
  signOut(): Promise<{ next?: string }> {
    return this.#rest.call('DELETE', '/v1/session', {});
  }

  /** Follows channels, from now on or from `since` or `cursor`; comes back by itself after every cut. */
  subscribe(channels: readonly string[], options: SubscribeOptions): Subscription {
    const { tokens } = this.#wire;
    return subscribe(channels, options, {
      url: this.#wire.url,
      backoff: this.#wire.backoff,
      EventSource: this.#EventSource,
      log: (channel, range) => this.log(channel, range),
      ticket: tokens && ((renew) => this.#ticket(tokens, renew)),
      renewable: tokens?.renew !== undefined,
      refusal: (path, signal) => refusalOf(this.#wire, path, signal),
      onUp: () => void this.#returns.dispatchEvent(new Event('online')),
    });
  }

  /**
   * The same as a loop over what happens: messages, and changes and losses by their `type`. `break` ends the stream;
   * one that was denied throws.
   */
  events(
    channels: readonly string[],
    options: EventsOptions = {},
  ): AsyncIterableIterator<ChannelEvent, undefined> {
    return follow((listeners) => this.subscribe(channels, listeners), options);
  }

  async #ticket(tokens: Tokens, renew: boolean): Promise<string> {
    if (renew) await tokens.renew?.(await tokens.current());
    const { ticket } = await this.#rest.call<{ ticket: string }>('POST', '/v1/tickets', { retryForMs: 0 });
    return ticket;
  }
}
