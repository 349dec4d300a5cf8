import type { IncomingMessage } from 'node:http';
import { clientAddress } from '@carillon/http';
import type { Limits } from '@carillon/limits';
import { type Author, Problem } from '@carillon/protocol';

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
 * Limits the posts of an author, and of an address; who has no session is its address. `trustProxy`: addresses are those
 * that the proxy tells.
 */
export function limitPosts(limits: Limits, perMinute: number, trustProxy: boolean): AdmitPost {
  const ofAuthor = limits.limit({ name: 'posts', count: perMinute, seconds: PERIOD_SECONDS });
  const ofAddress = limits.limit({
    name: 'posts-of-address',
    count: perMinute * AUTHORS_PER_ADDRESS,
    seconds: PERIOD_SECONDS,
  });

  return (incoming, author) => {
    const address = clientAddress(incoming, trustProxy);
    if (author === undefined) return admit(ofAuthor.take(`address ${address}`), 'address');
    // The address first: once it is spent, memory refuses, and another name costs neither Redis nor memory anything.
    const admitted = admit(ofAddress.take(address), 'address');
    const admitAuthor = () => admit(ofAuthor.take(`author ${author.id}`), 'author');
    return admitted === undefined ? admitAuthor() : admitted.then(admitAuthor);
  };
}

function admit(taken: number | Promise<number>, who: string): undefined | Promise<undefined> {
  if (typeof taken !== 'number') return taken.then((seconds) => admit(seconds, who));
  if (taken === 0) return undefined;
  throw new Problem('rate_limited', `Too many messages came from this ${who}. Nothing was stored.`, {
    retryAfter: taken,
  });
}
