import type { IncomingMessage } from 'node:http';
import { clientAddress, type TrustedProxies } from '@carillon/http';
import type { Limit, Limits } from '@carillon/limits';
import { type Identity, Problem } from '@carillon/protocol';
import type { Readers } from './readers.ts';
import type { Holder } from './subscriber.ts';

/**
 * How often an address may open each of the streams it may hold, in a minute: all of them return at once when a node
 * ends, and once more when the next one does.
 */
const OPENS_PER_STREAM = 5;
const PERIOD_SECONDS = 60;

/** An address that holds all the streams it may is told to come back after this, seconds: until then one may have closed. */
const RETRY_AFTER_FULL = 10;

/**
 * Limits the streams of one address: how many it opens in a minute (on all nodes together), and how many it holds on
 * this node. A stream costs its address one number; nothing is kept for an address that has none.
 */
export class StreamLimit {
  readonly #perAddress: number;
  readonly #perPerson: number;
  readonly #proxies: TrustedProxies | undefined;
  readonly #opens: Limit;
  readonly #holders = new Map<string, AddressHolder>();

  constructor(limits: Limits, perAddress: number, proxies: TrustedProxies | undefined, perPerson: number) {
    this.#perPerson = perPerson;
    this.#perAddress = perAddress;
    this.#proxies = proxies;
    const count = perAddress * OPENS_PER_STREAM;
    this.#opens = limits.limit({ name: 'streams', count, seconds: PERIOD_SECONDS });
  }

  /**
   * Lets a request pass, or throws the problem `rate_limited` where its address has opened too many streams. Gives the way
   * to find whom the stream is to be counted for, which throws the same where that has too many open: to be used in
   * the turn in which the stream begins, so that of those that come at once none is overlooked.
   */
  async admit(incoming: IncomingMessage): Promise<() => Holder> {
    const address = clientAddress(incoming, this.#proxies);
    const seconds = await this.#opens.take(address);
    if (seconds > 0) throw tooMany('opened', seconds);
    return () => this.#holderOf(address);
  }

  /** Throws the problem `rate_limited` where a person holds all the streams on this node that they may. */
  requireRoom({ kind, author }: Identity, readers: Readers): void {
    // Those who gave no name share one id, and parts of Carillon are not limited.
    if (kind !== 'guest' && kind !== 'person') return;
    if (readers.of(author.id, this.#perPerson).length < this.#perPerson) return;
    throw new Problem('rate_limited', 'You have too many streams open here.', {
      retryAfter: RETRY_AFTER_FULL,
    });
  }

  #holderOf(address: string): Holder {
    const known = this.#holders.get(address);
    if (known === undefined) return new AddressHolder(address, this.#holders);
    if (known.streams >= this.#perAddress) throw tooMany('open', RETRY_AFTER_FULL);
    return known;
  }
}

/** The streams of one address. It stands in the map while it has any. */
class AddressHolder implements Holder {
  readonly #address: string;
  readonly #holders: Map<string, AddressHolder>;
  streams = 0;

  constructor(address: string, holders: Map<string, AddressHolder>) {
    this.#address = address;
    this.#holders = holders;
  }

  take(): void {
    this.streams += 1;
    if (this.streams === 1) this.#holders.set(this.#address, this);
  }

  release(): void {
    this.streams -= 1;
    if (this.streams === 0) this.#holders.delete(this.#address);
  }
}

function tooMany(what: 'opened' | 'open', retryAfter: number): Problem {
  return new Problem(
    'rate_limited',
    `Too many streams ${what === 'open' ? 'are' : 'were'} ${what} from this address.`,
    { retryAfter },
  );
}
