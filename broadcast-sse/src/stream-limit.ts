import type { IncomingMessage } from 'node:http';
import { clientAddress, type TrustedProxies } from '@carillon/http';
import type { Limit, Limits } from '@carillon/limits';
import { type Identity, Problem } from '@carillon/protocol';
import type { StreamQuota } from './stream.ts';
import type { StreamsByPerson } from './streams-by-person.ts';

/**
 * How often an address may open each of the streams it may have, in a minute: all of them reconnect at once when a node
 * shuts down, and once more when the next node does.
 */
const OPENS_PER_STREAM = 5;
const PERIOD_SECONDS = 60;

/** An address or person with all the streams they may have is told to try again after this, seconds: until then a stream may have closed. */
const RETRY_AFTER_FULL = 10;

/**
 * Limits the streams of an address: how many it opens in a minute (on all nodes together), and how many it has open on
 * this node; and the streams of a person on this node. Nothing is kept for an address without streams.
 */
export class StreamLimit {
  readonly #perAddress: number;
  readonly #perPerson: number;
  readonly #proxies: TrustedProxies | undefined;
  readonly #opens: Limit;
  readonly #quotas = new Map<string, AddressQuota>();

  /**
   * @param perAddress open streams of an address on this node.
   * @param proxies the proxies whose word about a client's address counts.
   * @param perPerson open streams of a person on this node.
   */
  constructor(limits: Limits, perAddress: number, proxies: TrustedProxies | undefined, perPerson: number) {
    this.#perPerson = perPerson;
    this.#perAddress = perAddress;
    this.#proxies = proxies;
    const count = perAddress * OPENS_PER_STREAM;
    this.#opens = limits.limit({ name: 'streams', count, seconds: PERIOD_SECONDS });
  }

  /**
   * Counts a request for a stream. Returns a function that finds the quota of its address: call it in the turn in which the
   * stream begins, so that of requests that come at once none is overlooked.
   * @throws Problem `rate_limited` if the address has opened too many streams; the function, if it has too many open.
   */
  async admit(incoming: IncomingMessage): Promise<() => StreamQuota> {
    const address = clientAddress(incoming, this.#proxies);
    const seconds = await this.#opens.take(address);
    if (seconds > 0) throw tooMany('opened', seconds);
    return () => this.#quotaOf(address);
  }

  /** @throws Problem `rate_limited` if a person has all the streams on this node that they may have. */
  requireRoom({ kind, author }: Identity, streams: StreamsByPerson): void {
    // Readers without a name share one id, and parts of Carillon are not limited.
    if (kind !== 'guest' && kind !== 'person') return;
    if (streams.of(author.id, this.#perPerson).length < this.#perPerson) return;
    throw new Problem('rate_limited', 'You have too many streams open here.', {
      retryAfter: RETRY_AFTER_FULL,
    });
  }

  #quotaOf(address: string): StreamQuota {
    const known = this.#quotas.get(address);
    if (known === undefined) return new AddressQuota(address, this.#quotas);
    if (known.streams >= this.#perAddress) throw tooMany('open', RETRY_AFTER_FULL);
    return known;
  }
}

/** The open streams of an address. It is in the map while there are any. */
class AddressQuota implements StreamQuota {
  readonly #address: string;
  readonly #quotas: Map<string, AddressQuota>;
  streams = 0;

  constructor(address: string, quotas: Map<string, AddressQuota>) {
    this.#address = address;
    this.#quotas = quotas;
  }

  take(): void {
    this.streams += 1;
    if (this.streams === 1) this.#quotas.set(this.#address, this);
  }

  release(): void {
    this.streams -= 1;
    if (this.streams === 0) this.#quotas.delete(this.#address);
  }
}

function tooMany(what: 'opened' | 'open', retryAfter: number): Problem {
  return new Problem(
    'rate_limited',
    `Too many streams ${what === 'open' ? 'are' : 'were'} ${what} from this address.`,
    { retryAfter },
  );
}
