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
import { Standing } from './standing.ts';

/** Who may do what on which channel, the same on every node within a second. */
export interface Access {
  /**
   * Lets pass who may, else throws the problem `unauthenticated` (nobody said who they are, or their session was ended),
   * `forbidden`, `not_found` (a private channel of others), `muted`, `banned` or `archived`. Mostly it knows without asking
   * the store, and gives no promise, so that a post pays nothing. Rejects with the store's own error where it is away and the
   * channel is not known here.
   */
  require(identity: Identity, action: Action, channel: string): undefined | Promise<undefined>;

  /** Lets pass who may make this channel by a call, should it not be there; throws as {@link Access.require} does. */
  requireCreation(identity: Identity, channel: string): undefined | Promise<undefined>;

  /** Lets pass who may call at all, for what is of no channel: throws `unauthenticated` for an ended session, and `banned`. */
  admit(identity: Identity): undefined | Promise<undefined>;

  /**
   * Those of the channels that somebody may read, in their order. Of no identity that {@link admit} refuses any.
   */
  visible<Channel extends string>(
    identity: Identity,
    channels: readonly Channel[],
  ): Channel[] | Promise<Channel[]>;

  /** How much somebody has to say on a channel, or everywhere: nobody mutes or bans one with more. */
  rank(identity: Identity, channel: string | undefined): number | Promise<number>;

  /** Calls `listener` once what decides has changed here; gives the way to end that. An empty change: all of it may have. */
  onChange(listener: (changes: readonly AccessChange[]) => void): () => void;

  /** Learns at once of what was just changed by this node. Without the store it learns later. */
  refresh(): Promise<void>;

  /** Passes while what changes is learned here; else throws what the store threw last, for what is known here may hold no more. */
  requireCurrent(): void;

  close(): Promise<void>;
}

/** The store is asked this often for what has changed, ms: a ban ends a stream within a second. */
const POLL_MS = 400;

/** No store has a version below 0. */
const NEVER = -1;

/** Where it is written that decisions rest on what was last known. */
export interface AccessLog {
  warn(fields: object, message: string): void;
  info(message: string): void;
}

export interface AccessOptions {
  log: AccessLog;
  createChannels?: CreateChannels;
}

/** Opens the access of a node over the store of all. While the store is away the last known state holds. */
export function openAccess(store: AccessStore, { log, createChannels = 'post' }: AccessOptions): Access {
  const standing = new Standing(store);
  const states = new ChannelStates(store, createChannels !== 'post');
  const listeners = new Set<(changes: readonly AccessChange[]) => void>();
  let version = NEVER;
  /** Why it is not known what has changed. */
  let failure: unknown;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let learning: Promise<void> | undefined;

  const learn = async () => {
    for (let more = true; more; ) {
      const told = await store.changes(version);
      more = told.changes !== undefined && told.changes.length > 0;
      const changes = told.changes ?? [{}];
      if (changes.length > 0) await renew(changes);
      version = told.version;
      if (changes.length > 0) for (const listener of listeners) listener(changes);
    }
  };

  const renew = async (changes: readonly AccessChange[]) => {
    if (changes.some(({ channel, person }) => channel === undefined && person === undefined)) {
      await standing.load();
      await states.renewAll();
      return;
    }
    const people = new Set(changes.flatMap(({ person }) => person ?? []));
    const channels = new Set(changes.flatMap(({ channel }) => channel ?? []));
    if (people.size > 0) await standing.load([...people]);
    if (channels.size > 0) await states.renew(channels);
  };

  /** One at a time. */
  const learnOnce = (): Promise<void> => {
    learning ??= learn().finally(() => {
      learning = undefined;
    });
    return learning;
  };

  const poll = async () => {
    try {
      await learnOnce();
      if (failure !== undefined) log.info('who may do what is known again');
      failure = undefined;
    } catch (err) {
      if (failure === undefined && !closed)
        log.warn({ err }, 'who may do what is not known anew: what was known last holds');
      failure = err;
    }
    if (!closed) timer = setTimeout(poll, POLL_MS).unref();
  };
  const first = poll();

  /** Until it has read what holds it lets nobody pass. */
  const known = (): Promise<unknown> | undefined => (version === NEVER ? learnOnce() : undefined);

  const judge = (identity: Identity, action: Action, channel: string): Refusal | undefined | 'unknown' => {
    const refused = judgeIdentity(identity, standing) ?? judgeGrants(identity, action, channel);
    if (refused !== undefined) return refused;
    const state = states.get(channel);
    if (state === 'unknown') return state;
    const bySomebody = identity.kind === 'service' || createChannels === 'post';
    if (state === undefined && !bySomebody) return 'not_found';
    return judgeChannel(identity, action, channel, state, standing);
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
        judgeIdentity(identity, standing) ?? judgeCreation(identity, channel, createChannels, standing);
      if (refused === undefined) return undefined;
      throw problemOf(refused, 'publish');
    },

    admit(identity) {
      const waits = known();
      if (waits !== undefined) return waits.then(() => access.admit(identity));
      const refused = judgeIdentity(identity, standing);
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
      // What is being learned may have been read before the change.
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
