import type { Identity } from '@carillon/protocol';
import type { AccessChange, AccessStore } from './access-store.ts';
import { ChannelStates } from './channel-states.ts';
import type { CreateChannels } from './create-channels.ts';
import {
  type Action,
  judgeChannel,
  judgeCreation,
  judgeGrants,
  judgeIdentity,
  problemOf,
  type Refusal,
} from './judge.ts';
import { rankOf } from './rank.ts';
import { Sanctions } from './sanctions.ts';

/** Decides who may do what on which channel. A change reaches every node within a second. */
export interface Access {
  /**
   * Returns if the caller may do this. Otherwise throws a Problem: `unauthenticated` (no identity, or the session was
   * ended), `forbidden`, `not_found` (a private channel without membership), `muted`, `banned` or `archived`.
   *
   * It usually answers from memory and returns no promise, so a post pays nothing. Rejects with the store's own error
   * if the store is unavailable and the channel is not in memory.
   */
  require(identity: Identity, action: Action, channel: string): undefined | Promise<undefined>;

  /**
   * Returns if the caller may create this channel by a call, if it does not exist yet. Throws as {@link Access.require}
   * does.
   */
  requireCreation(identity: Identity, channel: string): undefined | Promise<undefined>;

  /**
   * Returns if the caller may make requests at all, for requests that concern no channel. Throws `unauthenticated` for
   * an ended session, or `banned`.
   */
  admit(identity: Identity): undefined | Promise<undefined>;

  /**
   * The channels of the list that the identity may read, in the same order. The result is empty for an identity that
   * {@link admit} refuses.
   */
  visible<Channel extends string>(
    identity: Identity,
    channels: readonly Channel[],
  ): Channel[] | Promise<Channel[]>;

  /** The caller's rank on a channel, or everywhere. Nobody can mute or ban a person of higher rank. */
  rank(identity: Identity, channel: string | undefined): number | Promise<number>;

  /**
   * Calls `listener` after access rules have changed. Returns a function that unsubscribes. An empty change means that
   * anything may have changed.
   */
  onChange(listener: (changes: readonly AccessChange[]) => void): () => void;

  /** Loads a change that this node has just made. If the store is unavailable, the change is loaded later. */
  refresh(): Promise<void>;

  /**
   * Returns while changes reach this node. Otherwise throws the last error of the store, because the rules in memory
   * may be outdated.
   */
  requireCurrent(): void;

  close(): Promise<void>;
}

/** How often the store is asked for changes, ms: a ban ends a stream within a second. */
const POLL_MS = 400;

/** Lower than any version of the store. */
const NEVER = -1;

/** The log for the messages that decisions rely on outdated rules. */
export interface AccessLog {
  warn(fields: object, message: string): void;
  info(message: string): void;
}

export interface AccessOptions {
  log: AccessLog;
  createChannels?: CreateChannels;
}

/**
 * Opens access control for a node. While the store is unavailable, the last known rules apply.
 *
 * @param store the store that all nodes share
 */
export function openAccess(store: AccessStore, { log, createChannels = 'post' }: AccessOptions): Access {
  const sanctions = new Sanctions(store);
  const states = new ChannelStates(store, createChannels !== 'post');
  const listeners = new Set<(changes: readonly AccessChange[]) => void>();
  let version = NEVER;
  /** The last error of the store, while changes cannot be read. */
  let failure: unknown;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let learning: Promise<void> | undefined;

  const learn = async () => {
    for (let more = true; more; ) {
      const answer = await store.changes(version);
      more = answer.changes !== undefined && answer.changes.length > 0;
      const changes = answer.changes ?? [{}];
      if (changes.length > 0) await renew(changes);
      version = answer.version;
      if (changes.length > 0) for (const listener of listeners) listener(changes);
    }
  };

  const renew = async (changes: readonly AccessChange[]) => {
    if (changes.some(({ channel, person }) => channel === undefined && person === undefined)) {
      await sanctions.load();
      await states.renewAll();
      return;
    }
    const people = new Set(changes.flatMap(({ person }) => person ?? []));
    const channels = new Set(changes.flatMap(({ channel }) => channel ?? []));
    if (people.size > 0) await sanctions.load([...people]);
    if (channels.size > 0) await states.renew(channels);
  };

  /** Reads changes, one call at a time. */
  const learnOnce = (): Promise<void> => {
    learning ??= learn().finally(() => {
      learning = undefined;
    });
    return learning;
  };

  const poll = async () => {
    try {
      await learnOnce();
      if (failure !== undefined) log.info('access rules are up to date again');
      failure = undefined;
    } catch (err) {
      if (failure === undefined && !closed)
        log.warn({ err }, 'access rules cannot be updated; the last known rules apply');
      failure = err;
    }
    if (!closed) timer = setTimeout(poll, POLL_MS).unref();
  };
  const first = poll();

  /** Resolves after the first load; until then every decision waits. */
  const known = (): Promise<unknown> | undefined => (version === NEVER ? learnOnce() : undefined);

  const judge = (identity: Identity, action: Action, channel: string): Refusal | undefined | 'unknown' => {
    const refused = judgeIdentity(identity, sanctions) ?? judgeGrants(identity, action, channel);
    if (refused !== undefined) return refused;
    const state = states.get(channel);
    if (state === 'unknown') return state;
    const bySomebody = identity.kind === 'service' || createChannels === 'post';
    if (state === undefined && !bySomebody) return 'not_found';
    return judgeChannel(identity, action, channel, state, sanctions);
  };

  const access: Access = {
    require(identity, action, channel) {
      const waits = known();
      if (waits !== undefined) return waits.then(() => access.require(identity, action, channel));
      const refused = judge(identity, action, channel);
      if (refused === undefined) return undefined;
      if (refused !== 'unknown') throw problemOf(refused, action);
      return states.load(channel).then(() => access.require(identity, action, channel));
    },

    requireCreation(identity, channel) {
      const waits = known();
      if (waits !== undefined) return waits.then(() => access.requireCreation(identity, channel));
      const refused =
        judgeIdentity(identity, sanctions) ?? judgeCreation(identity, channel, createChannels, sanctions);
      if (refused === undefined) return undefined;
      throw problemOf(refused, 'publish');
    },

    admit(identity) {
      const waits = known();
      if (waits !== undefined) return waits.then(() => access.admit(identity));
      const refused = judgeIdentity(identity, sanctions);
      if (refused === undefined) return undefined;
      throw problemOf(refused, 'subscribe');
    },

    visible(identity, channels) {
      const waits = known();
      if (waits !== undefined) return waits.then(() => access.visible(identity, channels));
      const unknown: Promise<void>[] = [];
      const found = channels.filter((channel) => {
        const refused = judge(identity, 'subscribe', channel);
        if (refused === 'unknown') unknown.push(states.load(channel));
        return refused === undefined;
      });
      if (unknown.length === 0) return found;
      return Promise.all(unknown).then(() => access.visible(identity, channels));
    },

    rank(identity, channel) {
      const state = channel === undefined ? undefined : states.get(channel);
      if (state !== 'unknown' || channel === undefined)
        return rankOf(identity, channel, state === 'unknown' ? undefined : state);
      return states.load(channel).then(() => access.rank(identity, channel));
    },

    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async refresh() {
      // A read that was already under way may have missed the change.
      await learning?.catch(() => {});
      await learnOnce().catch(() => {});
    },

    requireCurrent() {
      if (failure !== undefined) throw failure;
    },

    async close() {
      closed = true;
      clearTimeout(timer);
      await first;
      await learning?.catch(() => {});
    },
  };
  return access;
}
