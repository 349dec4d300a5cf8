import type { LogEvent } from '@carillon/protocol';
import { type Bus, type BusLink, BusUnavailable, type Receiver, type Traces } from './bus.ts';
import { linkOf } from './link-of.ts';
import { Receivers } from './receivers.ts';

/** The buses of this process by address. A bus lives as long as it has a subscriber. */
const receiversOf = new Map<string, Receivers>();

/**
 * A bus within this process. Buses opened with the same address, such as `memory:` or `memory:test`, are the same bus.
 */
export function openMemoryBus(address: string): Bus {
  return new MemoryBus(address);
}

class MemoryBus implements Bus {
  readonly #address: string;
  readonly #ends = new Set<() => Promise<void>>();
  #open = true;

  constructor(address: string) {
    this.#address = address;
  }

  get connected(): boolean {
    return this.#open;
  }

  async publish(channel: string, events: readonly LogEvent[], traces?: Traces): Promise<void> {
    if (!this.#open) throw new BusUnavailable('the bus is closed');
    if (events.length === 0) return;
    // Deferred, so that what a receiver publishes in turn arrives after this for all receivers.
    queueMicrotask(() => receiversOf.get(this.#address)?.deliver(channel, () => ({ events, traces })));
  }

  async subscribe(receive: Receiver, wanted?: (channel: string) => boolean): Promise<() => Promise<void>> {
    if (!this.#open) throw new BusUnavailable('the bus is closed');
    const receivers = receiversOf.get(this.#address) ?? new Receivers();
    receiversOf.set(this.#address, receivers);
    const remove = receivers.add(receive, wanted);
    const end = async () => {
      remove();
      this.#ends.delete(end);
      if (receivers.size === 0 && receiversOf.get(this.#address) === receivers) {
        receiversOf.delete(this.#address);
      }
    };
    this.#ends.add(end);
    return end;
  }

  readonly links: readonly BusLink[] = [linkOf('memory', this, () => this.#ping())];

  async #ping(): Promise<void> {
    if (!this.#open) throw new BusUnavailable('the bus is closed');
    await new Promise<void>((resolve) => queueMicrotask(resolve));
  }

  async close(): Promise<void> {
    this.#open = false;
    await Promise.all([...this.#ends].map((end) => end()));
  }
}
