import type { Author, PresenceEvent } from '@carillon/protocol';
import { type Presence, PresenceUnavailable, TURN_MS } from './presence.ts';
import { Roster, together } from './roster.ts';

/** The nodes of this process by address. */
const nodesOf = new Map<string, Set<MemoryPresence>>();

/**
 * Presence within this process. Instances opened with the same address, such as `memory:` or `memory:test`, act as
 * nodes of one deployment.
 */
export function openMemoryPresence(address: string): Presence {
  return new MemoryPresence(address);
}

class MemoryPresence implements Presence {
  readonly #address: string;
  readonly #nodes: Set<MemoryPresence>;
  readonly #roster = new Roster();
  readonly #followers = new Set<(present: PresenceEvent) => void>();
  readonly #typingFollowers = new Set<(channel: string, person: Author) => void>();
  readonly #turns: NodeJS.Timeout;
  /** Channels that changed on any node since this node last notified its followers. */
  #due = new Set<string>();

  constructor(address: string) {
    this.#address = address;
    this.#nodes = nodesOf.get(address) ?? new Set();
    nodesOf.set(address, this.#nodes.add(this));
    this.#turns = setInterval(() => this.#turn(), TURN_MS).unref();
  }

  get connected(): boolean {
    return this.#nodes.has(this);
  }

  join(channel: string, person: Author | undefined): void {
    this.#roster.join(channel, person);
  }

  leave(channel: string, person: Author | undefined): void {
    this.#roster.leave(channel, person, performance.now());
  }

  async read(channel: string): Promise<PresenceEvent> {
    if (!this.connected) throw new PresenceUnavailable('presence is closed');
    return this.#present(channel);
  }

  async ping(): Promise<void> {}

  follow(notify: (present: PresenceEvent) => void): () => void {
    this.#followers.add(notify);
    return () => this.#followers.delete(notify);
  }

  type(channel: string, person: Author): void {
    for (const node of this.#nodes) for (const notify of node.#typingFollowers) notify(channel, person);
  }

  followTyping(notify: (channel: string, person: Author) => void): () => void {
    this.#typingFollowers.add(notify);
    return () => this.#typingFollowers.delete(notify);
  }

  async close(): Promise<void> {
    clearInterval(this.#turns);
    this.#nodes.delete(this);
    for (const node of this.#nodes) for (const channel of this.#roster.channels) node.#due.add(channel);
    if (this.#nodes.size === 0) nodesOf.delete(this.#address);
  }

  #turn(): void {
    for (const channel of this.#roster.changes(performance.now())) {
      for (const node of this.#nodes) node.#due.add(channel);
    }
    const due = this.#due;
    this.#due = new Set();
    for (const channel of due) {
      if (!this.#roster.has(channel)) continue;
      const present = this.#present(channel);
      for (const notify of this.#followers) notify(present);
    }
  }

  #present(channel: string): PresenceEvent {
    return together(
      channel,
      [...this.#nodes].map((node) => node.#roster.partOf(channel)),
    );
  }
}
