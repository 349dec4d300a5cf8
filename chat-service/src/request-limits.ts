import type { IncomingMessage } from 'node:http';
import { clientAddress, type TrustedProxies } from '@carillon/http';
import type { Limits } from '@carillon/limits';
import { type Author, type Identity, Problem } from '@carillon/protocol';
import type { PostLimitConfig } from './config.ts';

/**
 * An author's limit alone is not enough, because a new name costs nothing: one address may post as much as this many authors. That
 * is enough for a team behind one address.
 */
const AUTHORS_PER_ADDRESS = 10;

const PERIOD_SECONDS = 60;

/**
 * Calls of a person in a minute that are neither posts nor reads: ten in a second. Typing, reactions and searches of a busy person are a
 * tenth of it.
 */
const CALLS_PER_MINUTE = 600;

/**
 * Reads of a person in a minute: twenty in a second, each of a page of messages. Scrolling through years takes a tenth of it. A
 * program that copies a long log page by page gets 429 in between; the client waits as long as `Retry-After` says and goes on.
 */
const READS_PER_MINUTE = 1_200;

/**
 * How much callers may do. Each method lets a request pass or throws the problem `rate_limited`. It returns a promise only if it has
 * to ask Redis, so that a request usually waits for nothing.
 */
export interface RequestLimits {
  /** A post of an author, or of its address if the caller has no session. */
  admitPost(incoming: IncomingMessage, author: Author | undefined): undefined | Promise<undefined>;

  /** A post into a channel, of any author. Call it after the check that the caller may post there. */
  admitToChannel(channel: string): undefined | Promise<undefined>;

  /** A call that is neither a post nor a read. Parts of Carillon are not limited. */
  admitCall(incoming: IncomingMessage, identity: Identity): undefined | Promise<undefined>;

  /** A call that only reads: messages, a channel, presence, the session. Counted apart from other calls. */
  admitRead(incoming: IncomingMessage, identity: Identity): undefined | Promise<undefined>;
}

/** Lets every request pass: RATE_LIMIT=off. */
export const UNLIMITED: RequestLimits = {
  admitPost: () => undefined,
  admitToChannel: () => undefined,
  admitCall: () => undefined,
  admitRead: () => undefined,
};

/**
 * Makes the limits of the chat service from its variables.
 *
 * @param counters the counters that all nodes share; undefined if RATE_LIMIT is off, which returns {@link UNLIMITED}
 * @param proxies the proxies that are trusted to say where a request comes from; if undefined, the connection's peer counts
 */
export function createRequestLimits(
  counters: Limits | undefined,
  config: PostLimitConfig,
  proxies: TrustedProxies | undefined,
): RequestLimits {
  if (counters === undefined) return UNLIMITED;
  return {
    admitPost: limitPosts(counters, config.POSTS_PER_MINUTE, proxies),
    admitToChannel: limitChannels(counters, config.POSTS_PER_MINUTE_PER_CHANNEL),
    admitCall: limitEach(counters, proxies, 'calls', CALLS_PER_MINUTE),
    admitRead: limitEach(counters, proxies, 'reads', READS_PER_MINUTE),
  };
}

function limitPosts(
  counters: Limits,
  perMinute: number,
  proxies: TrustedProxies | undefined,
): RequestLimits['admitPost'] {
  const ofAuthor = counters.limit({ name: 'posts', count: perMinute, seconds: PERIOD_SECONDS });
  const ofAddress = counters.limit({
    name: 'posts-of-address',
    count: perMinute * AUTHORS_PER_ADDRESS,
    seconds: PERIOD_SECONDS,
  });

  return (incoming, author) => {
    const address = clientAddress(incoming, proxies);
    if (author === undefined) return admit(ofAuthor.take(`address ${address}`), 'address');
    // The address first: once its limit is reached, it is refused from memory, and new names cost neither Redis nor memory anything.
    const admitted = admit(ofAddress.take(address), 'address');
    const admitAuthor = () => admit(ofAuthor.take(`author ${author.id}`), 'author');
    return admitted === undefined ? admitAuthor() : admitted.then(admitAuthor);
  };
}

function limitChannels(counters: Limits, perMinute: number): RequestLimits['admitToChannel'] {
  const limit = counters.limit({ name: 'posts-of-channel', count: perMinute, seconds: PERIOD_SECONDS });
  return (channel) => refuseOver(limit.take(channel), 'messages came to this channel. Nothing was stored');
}

/** Limits the calls of a person, and of an address to ten times as many. */
function limitEach(
  counters: Limits,
  proxies: TrustedProxies | undefined,
  name: string,
  count: number,
): RequestLimits['admitCall'] {
  const rule = { count, seconds: PERIOD_SECONDS };
  const ofPerson = counters.limit({ ...rule, name });
  const ofAddress = counters.limit({
    ...rule,
    name: `${name}-of-address`,
    count: count * AUTHORS_PER_ADDRESS,
  });
  return (incoming, { kind, author }) => {
    if (kind === 'service') return undefined;
    const admitted = refuseOver(
      ofAddress.take(clientAddress(incoming, proxies)),
      `${name} came from this address`,
    );
    if (kind === 'anonymous') return admitted;
    const admitPerson = () => refuseOver(ofPerson.take(author.id), `${name} came from you`);
    return admitted === undefined ? admitPerson() : admitted.then(admitPerson);
  };
}

function refuseOver(taken: number | Promise<number>, what: string): undefined | Promise<undefined> {
  if (typeof taken !== 'number') return taken.then((seconds) => refuseOver(seconds, what));
  if (taken === 0) return undefined;
  throw new Problem('rate_limited', `Too many ${what}.`, { retryAfter: taken });
}

function admit(taken: number | Promise<number>, who: string): undefined | Promise<undefined> {
  if (typeof taken !== 'number') return taken.then((seconds) => admit(seconds, who));
  if (taken === 0) return undefined;
  throw new Problem('rate_limited', `Too many messages came from this ${who}. Nothing was stored.`, {
    retryAfter: taken,
  });
}
