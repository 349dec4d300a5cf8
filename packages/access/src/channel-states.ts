import { channelName } from '@carillon/protocol';
import type { AccessStore, ChannelState } from './access-store.ts';

/** Channels whose state is kept, some 200 bytes each without members. */
const MAX_CHANNELS = 20_000;

/** Members kept in all, some 100 bytes each: 20 MiB, whatever the channels are. */
const MAX_ROLES = 200_000;

/** The store is asked about this many channels in one query. */
const CHANNELS_PER_QUERY = 500;

/** That a channel is not there is asked again after this, ms: its first post says nothing to anybody. */
const MISSING_FOR_MS = 1_000;

interface Entry {
  /** Undefined: there is no such channel. */
  readonly state: ChannelState | undefined;
  readonly readAt: number;
  /** Since it was last spared: so those that are used outlive those that are not. */
  used: boolean;
}

/** The states of the channels in use here: a bounded part of what the store has, each read when first asked for. */
export class ChannelStates {
  readonly #store: AccessStore;
  readonly #missingMatters: boolean;
  readonly #entries = new Map<string, Entry>();
  #roles = 0;
  /** Those that are to be read, or are being read. */
  readonly #loading = new Map<string, Promise<void>>();
  #wanted: string[] = [];
  #next: Promise<void> | undefined;
  /** Of those that are being read: what is read may be older than the change. */
  readonly #outdated = new Set<string>();

  /** `missingMatters`: it makes a difference whether a channel is there. */
  constructor(store: AccessStore, missingMatters: boolean) {
    this.#store = store;
    this.#missingMatters = missingMatters;
  }

  /** `'unknown'` where it has to be loaded first; undefined where there is no such channel. */
  get(channel: string): ChannelState | undefined | 'unknown' {
    const entry = this.#entries.get(channel);
    if (entry === undefined) return channelName.safeParse(channel).success ? 'unknown' : undefined;
    if (
      entry.state === undefined &&
      this.#missingMatters &&
      performance.now() - entry.readAt > MISSING_FOR_MS
    )
      return 'unknown';
    entry.used = true;
    return entry.state;
  }

  /** Reads a channel's state. Those that are asked for in one turn are read together. */
  load(channel: string): Promise<void> {
    const known = this.#loading.get(channel);
    if (known !== undefined) return known;
    this.#wanted.push(channel);
    this.#next ??= Promise.resolve().then(() => this.#loadWanted());
    const loaded = this.#next;
    this.#loading.set(channel, loaded);
    return loaded;
  }

  /** Reads those of the channels anew that are kept here. */
  async renew(channels: Iterable<string>): Promise<void> {
    const kept: string[] = [];
    for (const channel of channels) {
      if (this.#loading.has(channel)) this.#outdated.add(channel);
      if (this.#entries.has(channel)) kept.push(channel);
    }
    await this.#read(kept);
  }

  /** Reads all anew that are kept here. */
  renewAll(): Promise<void> {
    return this.renew([...new Set([...this.#entries.keys(), ...this.#loading.keys()])]);
  }

  async #loadWanted(): Promise<void> {
    const channels = this.#wanted;
    this.#wanted = [];
    this.#next = undefined;
    try {
      await this.#read(channels);
      for (
        let again = channels.filter((channel) => this.#outdated.delete(channel));
        again.length > 0;
        again = again.filter((channel) => this.#outdated.delete(channel))
      )
        await this.#read(again);
    } finally {
      for (const channel of channels) {
        this.#loading.delete(channel);
        this.#outdated.delete(channel);
      }
    }
  }

  async #read(channels: readonly string[]): Promise<void> {
    for (let start = 0; start < channels.length; start += CHANNELS_PER_QUERY) {
      const some = channels.slice(start, start + CHANNELS_PER_QUERY);
      const readAt = performance.now();
      const states = await this.#store.states(some);
      for (const channel of some) this.#put(channel, { state: states.get(channel), readAt, used: true });
    }
  }

  #put(channel: string, entry: Entry): void {
    this.#roles += sizeOf(entry) - sizeOf(this.#entries.get(channel));
    this.#entries.set(channel, entry);
    // A Map keeps the order of insertion: the oldest that was not used since goes first.
    for (const [name, oldest] of this.#entries) {
      if (this.#entries.size <= MAX_CHANNELS && this.#roles <= MAX_ROLES) return;
      this.#entries.delete(name);
      if (oldest.used && name !== channel) {
        oldest.used = false;
        this.#entries.set(name, oldest);
      } else this.#roles -= sizeOf(oldest);
    }
  }
}

function sizeOf(entry: Entry | undefined): number {
  return entry?.state?.roles.size ?? 0;
}
