import type { Author } from '@carillon/protocol';

/** The facts that decide about access to one channel. A channel that does not exist has no state. */
export interface ChannelState {
  readonly visibility: 'public' | 'private';
  readonly archived: boolean;
  /** By the person's id. Private channels list all members, public channels at least their owners. */
  readonly roles: ReadonlyMap<string, 'member' | 'owner'>;
}

/** An active mute or ban. */
export interface Sanction {
  readonly kind: 'mute' | 'ban';
  readonly person: string;
  /** Undefined: on all channels. */
  readonly channel?: string;
  readonly reason: string;
  readonly by: Author;
  /** The rank of the moderator who made it, see {@link rankOf}. */
  readonly rank: number;
  /** ISO 8601. */
  readonly until: string;
  readonly remainingMs: number;
}

export interface Revocation {
  readonly person: string;
  /** Undefined: all sessions and tokens of the person that were issued up to `beforeMs`. */
  readonly session?: string;
  readonly beforeMs: number;
  readonly remainingMs: number;
}

/**
 * A change for a channel, for a person, or for a person on a channel. With neither field set, anything may have
 * changed.
 */
export interface AccessChange {
  readonly channel?: string;
  readonly person?: string;
}

/** The store of access rules, shared by all nodes. */
export interface AccessStore {
  /** What has changed since `version`. `changes` is undefined if the store cannot tell (any more). */
  changes(version: number): Promise<{ version: number; changes: readonly AccessChange[] | undefined }>;
  /** The states of the given channels; channels that do not exist are left out. */
  states(channels: readonly string[]): Promise<ReadonlyMap<string, ChannelState>>;
  /** The sanctions and revocations in force, for everybody or for these people. */
  activeSanctions(
    people?: readonly string[],
  ): Promise<{ sanctions: readonly Sanction[]; revocations: readonly Revocation[] }>;
}
