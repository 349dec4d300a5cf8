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
import type { Author, Message, PresenceEvent } from './protocol.ts';
import { type Call, refusalOf, request, type Wire } from './request.ts';
import { type SubscribeOptions, type Subscription, subscribe } from './subscribe.ts';
import { type Token, type Tokens, tokensFrom } from './token.ts';

export interface CarillonOptions {
  /** Where the server is, such as `http://localhost:8080`. In a browser: the page's own origin where left out. */
  url?: string;
  /**
   * A bearer token, or a function that gets one. It is asked at first, once more when the server refuses the one in use,
   * and before a stream's expires. Without it, cookies say who calls.
   */
  token?: Token;
  fetch?: typeof fetch;
  EventSource?: EventSourceConstructor;
  /** Waits between attempts, of calls and of streams. */
  backoff?: Backoff;
}

/** A person waits this long for a post before being asked what to do with it. */
const POST_RETRY_MS = 60_000;
/** What may be done twice can simply be asked for again. */
const RETRY_MS = 15_000;

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
  readonly #EventSource: EventSourceConstructor;
  /** Tells the calls that wait when a stream is back: then the server is. */
  readonly #returns = new EventTarget();

  constructor(options: CarillonOptions = {}) {
    this.#wire = {
      url: (options.url ?? '').replace(/\/+$/, ''),
      fetch: options.fetch ?? ((input, init) => fetch(input, init)),
      backoff: options.backoff ?? DEFAULT_BACKOFF,
      wakers: typeof document === 'undefined' ? [this.#returns] : [this.#returns, globalThis],
      tokens: options.token === undefined ? undefined : tokensFrom(options.token),
    };
    this.#EventSource = options.EventSource ?? DefaultEventSource;
  }

  /** One channel, with the calls that are about it; `for await` gives what happens there. */
  channel(name: string): Channel {
    return new Channel(this, name);
  }

  /** Posts a message. When this resolves, the message is durable; it is the stored message, with its seq. */
  post(channel: string, body: string, options: PostOptions = {}): Promise<Message> {
    const { key = newKey(), replyTo, retryForMs = POST_RETRY_MS, signal } = options;
    return this.#call('POST', `${channelPath(channel)}/messages`, {
      headers: { 'idempotency-key': key },
      json: replyTo === undefined ? { body } : { body, replyTo },
      retryForMs,
      signal,
    });
  }

  /** Gives a message another text. The stored message; the same text again changes nothing. */
  edit(channel: string, seq: number, body: string, { signal }: CallOptions = {}): Promise<Message> {
    return this.#call('PATCH', messagePath(channel, seq), { json: { body }, signal });
  }

  /** Deletes a message: its text is erased. Gives the tombstone that stays. */
  delete(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#call('DELETE', messagePath(channel, seq), { signal });
  }

  /** Puts an emoji to a message. Gives the message with its reactions. */
  react(channel: string, seq: number, emoji: string, { signal }: CallOptions = {}): Promise<Message> {
    return this.#call('PUT', reactionPath(channel, seq, emoji), { signal });
  }

  /** Takes an emoji back. Gives the message with its reactions. */
  unreact(channel: string, seq: number, emoji: string, { signal }: CallOptions = {}): Promise<Message> {
    return this.#call('DELETE', reactionPath(channel, seq, emoji), { signal });
  }

  /** Pins a message in its channel, for who moderates it. Gives the message; one that is pinned stays so. */
  pin(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#call('PUT', `${channelPath(channel)}/pins/${seq}`, { signal });
  }

  /** Takes a pinned message off. Gives the message. */
  unpin(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#call('DELETE', `${channelPath(channel)}/pins/${seq}`, { signal });
  }

  /** The pinned messages of a channel, the one that was pinned last first. */
  async pins(channel: string, { signal }: CallOptions = {}): Promise<Pin[]> {
    const { pins } = await this.#get<{ pins: Pin[] }>(`${channelPath(channel)}/pins`, {}, signal);
    return pins;
  }

  /** Says that the caller has read a channel up to `seq`. */
  async read(channel: string, seq: number, { signal }: CallOptions = {}): Promise<void> {
    await this.#call('PUT', `${channelPath(channel)}/read`, { json: { seq }, signal });
  }

  /** Says that the caller types; it is forgotten after some seconds, so say it again while it goes on. Tried once. */
  async typing(channel: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#call('POST', `${channelPath(channel)}/typing`, { retryForMs: 0, signal });
  }

  /** Reads a page of a channel: the newest messages, or those `before` or `after` a seq. */
  page(channel: string, { signal, ...range }: PageOptions = {}): Promise<Page> {
    return this.#get(`${channelPath(channel)}/messages`, range, signal);
  }

  /** Reads one message as it is now. */
  message(channel: string, seq: number, { signal }: CallOptions = {}): Promise<Message> {
    return this.#get(messagePath(channel, seq), {}, signal);
  }

  /** The texts that a message has had, for its author and moderators. */
  revisions(channel: string, seq: number, { signal, ...range }: RevisionOptions = {}): Promise<RevisionList> {
    return this.#list(`${messagePath(channel, seq)}/revisions`, range, 'after', Number, signal);
  }

  /** Reads a channel's log, changes and all, from its oldest event or from the one after `after`. */
  log(channel: string, { signal, ...range }: LogOptions = {}): Promise<LogPage> {
    return this.#get(`${channelPath(channel)}/events`, range, signal);
  }

  /** Finds messages by their text in the channels that the caller may read, the best first. */
  search(q: string, { signal, channels = [], ...more }: SearchOptions = {}): Promise<SearchResults> {
    return this.#list('/v1/search', { q, channel: channels, ...more }, 'cursor', String, signal);
  }

  /** Who is on a channel. */
  presence(channel: string, { signal }: CallOptions = {}): Promise<PresenceEvent> {
    return this.#get(`${channelPath(channel)}/presence`, {}, signal);
  }

  /** Lists channels by name, those after `after`. */
  channels({ signal, ...range }: ListOptions = {}): Promise<ChannelList> {
    return this.#list('/v1/channels', range, 'after', String, signal);
  }

  /** What one channel is; `lastAt` is missing where nothing was ever said. */
  channelInfo(channel: string, { signal }: CallOptions = {}): Promise<ChannelInfo & Partial<ChannelListing>> {
    return this.#get(channelPath(channel), {}, signal);
  }

  /** Makes a channel that is not there yet. */
  createChannel(
    channel: string,
    settings: NewChannel = {},
    { signal }: CallOptions = {},
  ): Promise<ChannelInfo> {
    return this.#call('PUT', channelPath(channel), { json: settings, signal });
  }

  /** Sets a channel's topic, who may read it, and whether it takes posts. */
  updateChannel(
    channel: string,
    settings: ChannelSettings,
    { signal }: CallOptions = {},
  ): Promise<ChannelInfo> {
    return this.#call('PATCH', channelPath(channel), { json: settings, signal });
  }

  /** The people of a private channel. */
  members(channel: string, { signal, ...range }: ListOptions = {}): Promise<MemberList> {
    return this.#list(`${channelPath(channel)}/members`, range, 'after', String, signal);
  }

  /** Lets somebody read and write in a private channel, or makes them an owner. */
  addMember(channel: string, { id, ...more }: NewMember, { signal }: CallOptions = {}): Promise<Member> {
    const path = `${channelPath(channel)}/members/${encodeURIComponent(id)}`;
    return this.#call('PUT', path, { json: more, signal });
  }

  async removeMember(channel: string, person: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#call('DELETE', `${channelPath(channel)}/members/${encodeURIComponent(person)}`, { signal });
  }

  /** Lets somebody read and not write, for a time. */
  async mute(channel: string, person: string, terms: Sanction, { signal }: CallOptions = {}): Promise<void> {
    await this.#call('PUT', mutePath(channel, person), { json: terms, signal });
  }

  async unmute(channel: string, person: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#call('DELETE', mutePath(channel, person), { signal });
  }

  /** Sends somebody away for a time, from a channel or, where it is undefined, from all. Their streams end at once. */
  async ban(
    channel: string | undefined,
    person: string,
    terms: Sanction,
    { signal }: CallOptions = {},
  ): Promise<void> {
    await this.#call('PUT', banPath(channel, person), { json: terms, signal });
  }

  async unban(channel: string | undefined, person: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#call('DELETE', banPath(channel, person), { signal });
  }

  /** What moderators and owners did, newest first. */
  audit({ signal, ...range }: AuditOptions = {}): Promise<AuditPage> {
    return this.#list('/v1/audit', range, 'before', Number, signal);
  }

  /** Ends all sessions and tokens that somebody has until now; everybody may end their own. */
  revoke(person: string, { signal }: CallOptions = {}): Promise<Revocation> {
    return this.#call('POST', `/v1/people/${encodeURIComponent(person)}/revocation`, { signal });
  }

  /** Who the server takes us for; a guest has the id `guest`. */
  session({ signal }: CallOptions = {}): Promise<Session> {
    return this.#get('/v1/session', {}, signal);
  }

  /** Sets the display name; the server keeps it in a cookie. Gives the name as it is stored. */
  rename(name: string): Promise<Author> {
    return this.#call('POST', '/v1/session', { json: { name } });
  }

  /** Makes a session of the token, for a browser: the server keeps it in a cookie, and the token is not needed any more. */
  signIn(): Promise<Session> {
    return this.#call('POST', '/v1/session', {});
  }

  /** Ends the session that the cookie is of. `next`: where a browser goes on, to sign out at the identity provider too. */
  signOut(): Promise<{ next?: string }> {
    return this.#call('DELETE', '/v1/session', {});
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
    const { ticket } = await this.#call<{ ticket: string }>('POST', '/v1/tickets', { retryForMs: 0 });
    return ticket;
  }

  #call<T>(method: Call['method'] & string, path: string, call: Partial<Call>): Promise<T> {
    return request(this.#wire, path, { method, retryForMs: RETRY_MS, ...call });
  }

  /** The server gives `next` as a path; callers get what to hand back, which is its parameter `name`. */
  async #list<T extends { next?: N | undefined }, N>(
    path: string,
    query: Query,
    name: string,
    as: (text: string) => N,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const answer = await this.#get<T & { next?: unknown }>(path, query, signal);
    const next = new URLSearchParams(String(answer.next).split('?')[1]).get(name);
    return { ...answer, next: next === null ? undefined : as(next) };
  }

  #get<T>(path: string, query: Query, signal: AbortSignal | undefined): Promise<T> {
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      for (const one of Array.isArray(value) ? value : [value])
        if (one !== undefined) search.append(name, String(one));
    const suffix = search.size > 0 ? `?${search}` : '';
    return this.#call('GET', path + suffix, { signal });
  }
}

type Query = Record<string, string | number | undefined | readonly string[]>;

function channelPath(channel: string): string {
  return `/v1/channels/${encodeURIComponent(channel)}`;
}

function messagePath(channel: string, seq: number): string {
  return `${channelPath(channel)}/messages/${seq}`;
}

function reactionPath(channel: string, seq: number, emoji: string): string {
  return `${messagePath(channel, seq)}/reactions/${encodeURIComponent(emoji)}`;
}

function mutePath(channel: string, person: string): string {
  return `${channelPath(channel)}/mutes/${encodeURIComponent(person)}`;
}

function banPath(channel: string | undefined, person: string): string {
  return `${channel === undefined ? '/v1' : channelPath(channel)}/bans/${encodeURIComponent(person)}`;
}
