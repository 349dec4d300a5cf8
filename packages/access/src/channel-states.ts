import { channelName } from '@carillon/protocol';
import type { AccessStore, ChannelState } from './access-store.ts';

/** Channels whose state is kept in memory; about 200 bytes each without members. */
const MAX_CHANNELS = 20_000;

/** Members kept in memory in total, about 100 bytes each: 20 MiB, however they are spread over channels. */
const MAX_ROLES = 200_000;

/** Number of channels in one query to the store. */
const CHANNELS_PER_QUERY = 500;

/**
 * How long a missing channel stays cached as missing, ms. A channel's first post creates it without notifying the
 * nodes.
 */
const MISSING_FOR_MS = 1_000;

interface Entry {
  /** Undefined: the channel does not exist. */
  readonly state: ChannelState | undefined;
  readonly readAt: number;
  /** Set on each use, cleared when eviction spares the entry: channels in use outlive idle channels. */
  used: boolean;
}

/** The states of the channels in use on this node: a bounded cache of the store, filled on demand. */
export class ChannelStates {
  readonly #store: AccessStore;
  readonly #missingMatters: boolean;
  readonly #entries = new Map<string, Entry>();
  #roles = 0;
  /** Channels that are queued for loading or being loaded. */
  readonly #loading = new Map<string, Promise<void>>();
  #wanted: string[] = [];
  #next: Promise<void> | undefined;
  /** Channels that changed while they were being loaded: the result may be outdated. */
  readonly #outdated = new Set<string>();

  /** @param missingMatters whether decisions depend on a channel's existence */
  constructor(store: AccessStore, missingMatters: boolean) {
    this.#store = store;
    this.#missingMatters = missingMatters;
  }

  /** `'unknown'` if the state must be loaded first; undefined if the channel does not exist. */
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

  /** Loads a channel's state. Requests made in the same tick share one query. */
  load(channel: string): Promise<void> {
    const known = this.#loading.get(channel);
    if (known !== undefined) return known;
    this.#wanted.push(channel);
    this.#next ??= Promise.resolve().then(() => this.#loadWanted());
    const loaded = this.#next;
    this.#loading.set(channel, loaded);
    return loaded;
  }

  /** Reloads the given channels, as far as they are cached. */
  async renew(channels: Iterable<string>): Promise<void> {
    const kept: string[] = [];
    for (const channel of channels) {
      if (this.#loading.has(channel)) this.#outdated.add(channel);
      if (this.#entries.has(channel)) kept.push(channel);
    }
    await this.#read(kept);
  }

  /** Reloads all cached channels. */
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
    // A Map keeps insertion order, so the oldest entry that was not used since is evicted first.
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
