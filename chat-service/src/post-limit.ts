import type { IncomingMessage } from 'node:http';
import { clientAddress, type TrustedProxies } from '@carillon/http';
import type { Limits } from '@carillon/limits';
import { type Author, type Identity, Problem } from '@carillon/protocol';

/**
 * A name costs nothing, so an author's limit alone is none: one address may post as much as this many authors. A team
 * behind one address still passes.
 */
const AUTHORS_PER_ADDRESS = 10;

const PERIOD_SECONDS = 60;

/** Lets a post pass or throws the problem `rate_limited`; where it has to ask for that, it gives a promise. */
export type AdmitPost = (
  incoming: IncomingMessage,
  author: Author | undefined,
) => undefined | Promise<undefined>;

/**
 * Limits the posts of an author, and of an address; who has no session is its address, which `proxies` tell.
 */
export function limitPosts(
  limits: Limits,
  perMinute: number,
  proxies: TrustedProxies | undefined,
): AdmitPost {
  const ofAuthor = limits.limit({ name: 'posts', count: perMinute, seconds: PERIOD_SECONDS });
  const ofAddress = limits.limit({
    name: 'posts-of-address',
    count: perMinute * AUTHORS_PER_ADDRESS,
    seconds: PERIOD_SECONDS,
  });

  return (incoming, author) => {
    const address = clientAddress(incoming, proxies);
    if (author === undefined) return admit(ofAuthor.take(`address ${address}`), 'address');
    // The address first: once it is spent, memory refuses, and another name costs neither Redis nor memory anything.
    const admitted = admit(ofAddress.take(address), 'address');
    const admitAuthor = () => admit(ofAuthor.take(`author ${author.id}`), 'author');
    return admitted === undefined ? admitAuthor() : admitted.then(admitAuthor);
  };
}

/** Lets a post into a channel or throws the problem `rate_limited`; a promise only where it has to ask. */
export type AdmitToChannel = (channel: string) => undefined | Promise<undefined>;

/** Limits the posts of a channel, whoever they are of: to be asked once the caller may post there at all. */
export function limitChannels(limits: Limits, perMinute: number): AdmitToChannel {
  const limit = limits.limit({ name: 'posts-of-channel', count: perMinute, seconds: PERIOD_SECONDS });
  return (channel) => refuseOver(limit.take(channel), 'messages came to this channel. Nothing was stored');
}

/** Lets a call of any other kind pass or throws the problem `rate_limited`. */
export type AdmitCall = (incoming: IncomingMessage, identity: Identity) => undefined | Promise<undefined>;

/**
 * Calls besides posts that one person may make in a minute: ten in a second, for a minute on end. Typing, reading on, reactions and
 * searches of a busy person are a tenth of it.
 */
const CALLS_PER_MINUTE = 600;

/**
 * Reads that one person may make in a minute: twenty in a second, each of a page of messages. Who scrolls through years makes a
 * tenth of it. Who copies a long log page by page makes more and gets 429 in between; the client waits as long as that says
 * and goes on.
 */
const READS_PER_MINUTE = 1_200;

/** Limits what is no post: of a person, and of an address as much as of ten. Parts of Carillon are not limited. */
export function limitCalls(limits: Limits, proxies: TrustedProxies | undefined): AdmitCall {
  return limitEach(limits, proxies, 'calls', CALLS_PER_MINUTE);
}

/** Limits what only reads: pages of messages, a channel, who is there, who one is. As {@link limitCalls}, and counted apart. */
export function limitReads(limits: Limits, proxies: TrustedProxies | undefined): AdmitCall {
  return limitEach(limits, proxies, 'reads', READS_PER_MINUTE);
}

function limitEach(
  limits: Limits,
  proxies: TrustedProxies | undefined,
  name: string,
  count: number,
): AdmitCall {
  const rule = { count, seconds: PERIOD_SECONDS };
  const ofPerson = limits.limit({ ...rule, name });
  const ofAddress = limits.limit({ ...rule, name: `${name}-of-address`, count: count * AUTHORS_PER_ADDRESS });
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
