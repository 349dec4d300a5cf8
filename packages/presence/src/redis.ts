import { randomBytes } from 'node:crypto';
import type { Author, PresenceEvent } from '@carillon/protocol';
import { type Presence, PresenceUnavailable, TURN_MS } from './presence.ts';
import { type LinkOptions, RedisLink } from './redis-link.ts';
import {
  CHANGED,
  CHANNELS_PER_BATCH,
  liveNodes,
  NODES,
  nodeKey,
  PREFIX,
  readChanged,
  reportsOf,
  writeReports,
} from './redis-reports.ts';
import { type Part, Roster, together } from './roster.ts';
import { shareReads } from './shared-reads.ts';
import { readTyping, TypingGathered } from './typing-gathered.ts';

/**
 * Lease of a node, ms. A node whose lease ran out is gone; three renewals may fail, because the node or Redis paused.
 */
const LEASE_MS = 20_000;

/**
 * How often a node renews its lease and looks for other nodes, ms. Together with the lease: a killed node disappears
 * within 25 s.
 */
const RENEW_MS = 5_000;

/**
 * How long a node that stopped in good order still counts, ms: its readers reconnect elsewhere within the drain window.
 */
const LAST_LEASE_MS = 10_000;

/** How often a node rewrites all its reports, ms: well before Redis deletes them. */
const REWRITE_MS = 20 * 60 * 1_000;

/** A ping's value is read back at once. */
const PING_KEPT_MS = 10_000;

const NEVER = Number.NEGATIVE_INFINITY;

const TYPING = `${PREFIX}:typing`;

/**
 * Presence in a Redis. A node has one key that expires (its lease), and for each of its channels one value with its
 * report, which counts while the lease runs. So one command renews the lease, whatever the number of streams, and what
 * a flush or a restart lost is written again from the roster.
 */
export function openRedisPresence(url: string, options: LinkOptions = {}): Presence {
  return new RedisPresence(url, options);
}

class RedisPresence implements Presence {
  readonly #node = randomBytes(8).toString('hex');
  readonly #roster = new Roster();
  readonly #followers = new Set<(present: PresenceEvent) => void>();
  readonly #typingFollowers = new Set<(channel: string, person: Author) => void>();
  readonly #gathered = new TypingGathered((typing) => this.#publishTyping(typing));
  readonly #link: RedisLink;
  readonly #turns: NodeJS.Timeout;
  /** Other nodes with a running lease, sorted. */
  #others: readonly string[] = [];
  /** Channels whose report is not yet written to Redis. */
  #unwritten = new Set<string>();
  /** Channels that changed on any node since followers were last notified. */
  #due = new Set<string>();
  #busy = false;
  /** Times in ms on this process's clock. */
  #renewedAt = NEVER;
  #rewrittenAt = NEVER;
  #heardAt = performance.now();
  /** Whether this node ever had a stream: a node that only reads needs no lease. */
  #takesPart = false;

  constructor(url: string, options: LinkOptions) {
    this.#link = new RedisLink(url, PREFIX, () => this.#startOver(), options);
    this.#link.redis.on('message', (topic: string, message: string) => {
      if (topic === TYPING) this.#hearTyping(message);
      else this.#hear(message);
    });
    this.#turns = setInterval(() => void this.#turn(), TURN_MS).unref();
  }

  get connected(): boolean {
    return this.#link.ready;
  }

  join(channel: string, person: Author | undefined): void {
    this.#takesPart = true;
    this.#roster.join(channel, person);
  }

  leave(channel: string, person: Author | undefined): void {
    this.#roster.leave(channel, person, performance.now());
  }

  readonly read = shareReads((channel) => this.#read(channel));

  async #read(channel: string): Promise<PresenceEvent> {
    try {
      const nodes = await liveNodes(this.#link.redis);
      const [parts] = await reportsOf(this.#link.redis, [channel], nodes);
      return together(channel, parts ?? []);
    } catch (error) {
      this.#link.drop();
      throw new PresenceUnavailable('Redis is unavailable', { cause: error });
    }
  }

  async ping(): Promise<void> {
    const key = `${PREFIX}:ping:${this.#node}`;
    const mark = randomBytes(8).toString('hex');
    try {
      await this.#link.redis.set(key, mark, 'PX', PING_KEPT_MS);
      if ((await this.#link.redis.get(key)) === mark) return;
    } catch (error) {
      this.#link.drop();
      throw new PresenceUnavailable('Redis is unavailable', { cause: error });
    }
    throw new PresenceUnavailable('Redis returned a different value than was written');
  }

  follow(notify: (present: PresenceEvent) => void): () => void {
    this.#followers.add(notify);
    return () => this.#followers.delete(notify);
  }

  type(channel: string, person: Author): void {
    for (const notify of this.#typingFollowers) notify(channel, person);
    this.#gathered.add(channel, person);
  }

  followTyping(notify: (channel: string, person: Author) => void): () => void {
    this.#typingFollowers.add(notify);
    // A node without followers subscribes to nothing: it only serves calls.
    if (this.#link.ready) this.#link.redis.subscribe(TYPING).catch(() => this.#link.drop());
    return () => this.#typingFollowers.delete(notify);
  }

  async close(): Promise<void> {
    clearInterval(this.#turns);
    this.#gathered.close();
    if (this.#link.ready && this.#takesPart) {
      await this.#turn();
      await this.#link.redis.pexpire(nodeKey(this.#node), LAST_LEASE_MS).catch(() => {}); // On failure the lease ends by itself, a little later.
    }
    this.#link.close();
  }

  /** Runs after each connect: Redis may have been restarted, and messages of other nodes were missed. */
  #startOver(): void {
    this.#renewedAt = NEVER;
    this.#rewrittenAt = NEVER;
    for (const channel of this.#roster.channels) this.#due.add(channel);
    const topics = this.#typingFollowers.size > 0 ? [CHANGED, TYPING] : [CHANGED];
    this.#link.redis.subscribe(...topics).catch(() => this.#link.drop());
  }

  /** Handles the announcement of channels that changed on another node. */
  #hear(message: string): void {
    const changed = readChanged(message);
    if (changed === undefined || changed.node === this.#node) return;
    // The node is new or returned after a flush: look for its lease at the next turn.
    if (!this.#others.includes(changed.node)) this.#renewedAt = NEVER;
    for (const channel of changed.channels) if (this.#roster.has(channel)) this.#due.add(channel);
  }

  /** Typing is not kept for later: while Redis is unavailable the other nodes do not see it. */
  #publishTyping(typing: object[]): void {
    if (!this.#link.ready) return;
    this.#link.redis
      .publish(TYPING, JSON.stringify({ node: this.#node, typing }))
      .catch(() => this.#link.drop());
  }

  #hearTyping(message: string): void {
    const heard = readTyping(message);
    if (heard === undefined || heard.node === this.#node) return;
    for (const { channel, person } of heard.typing)
      for (const notify of this.#typingFollowers) notify(channel, person);
  }

  async #turn(): Promise<void> {
    if (this.#busy) return;
    const now = performance.now();
    for (const channel of this.#roster.changes(now)) {
      this.#unwritten.add(channel);
      this.#due.add(channel);
    }
    if (!this.#link.ready) {
      this.#manageAlone(now);
      return;
    }
    this.#busy = true;
    try {
      if (this.#takesPart && now - this.#renewedAt >= RENEW_MS) await this.#renew(now);
      await this.#write();
      await this.#notify();
      this.#heardAt = now;
    } catch {
      // Whatever was not written or announced stays pending, and the next turn retries on another connection.
      this.#link.drop();
    }
    this.#busy = false;
  }

  /**
   * Without Redis the last state stays until the leases of all other nodes would have run out; then this node announces
   * only its own people.
   */
  #manageAlone(now: number): void {
    if (now - this.#heardAt < LEASE_MS) return;
    if (this.#others.length > 0) for (const channel of this.#roster.channels) this.#due.add(channel);
    this.#others = [];
    for (const channel of this.#takeDue()) this.#announce(channel, []);
  }

  async #renew(now: number): Promise<void> {
    const { redis } = this.#link;
    const [before] = await Promise.all([
      redis.set(nodeKey(this.#node), '1', 'PX', LEASE_MS, 'GET'),
      redis.sadd(NODES, this.#node),
    ]);
    // First run, or the lease ran out, or Redis was flushed.
    if (before === null || now - this.#rewrittenAt >= REWRITE_MS) {
      for (const channel of this.#roster.channels) this.#unwritten.add(channel);
      this.#rewrittenAt = now;
    }
    this.#renewedAt = now;
    const others = (await liveNodes(this.#link.redis)).filter((node) => node !== this.#node);
    if (others.join() !== this.#others.join()) {
      this.#others = others;
      for (const channel of this.#roster.channels) this.#due.add(channel);
    }
  }

  async #write(): Promise<void> {
    const channels = [...this.#unwritten];
    for (let start = 0; start < channels.length; start += CHANNELS_PER_BATCH) {
      const batch = channels.slice(start, start + CHANNELS_PER_BATCH);
      await writeReports(this.#link.redis, this.#node, this.#roster, batch);
      // Only now: after a failure everything is written again. Later changes are in the roster's own list.
      for (const channel of batch) this.#unwritten.delete(channel);
    }
  }

  async #notify(): Promise<void> {
    const channels = [...this.#due].filter((channel) => this.#roster.has(channel));
    this.#due = new Set(channels);
    for (let start = 0; start < channels.length; start += CHANNELS_PER_BATCH) {
      const batch = channels.slice(start, start + CHANNELS_PER_BATCH);
      // Before the read: a change announced meanwhile may be missing in the answer, and marks the channel as due again.
      for (const channel of batch) this.#due.delete(channel);
      const parts = await reportsOf(this.#link.redis, batch, this.#others).catch((error) => {
        for (const channel of batch) this.#due.add(channel);
        throw error;
      });
      for (const [index, channel] of batch.entries()) this.#announce(channel, parts[index] ?? []);
    }
  }

  #takeDue(): Set<string> {
    const due = this.#due;
    this.#due = new Set();
    return due;
  }

  #announce(channel: string, others: readonly Part[]): void {
    if (!this.#roster.has(channel)) return;
    const present = together(channel, [...others, this.#roster.partOf(channel)]);
    for (const notify of this.#followers) notify(present);
  }
}
