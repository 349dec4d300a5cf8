import type { Author } from '@carillon/protocol';

/** What decides about a channel. One that is not there has none. */
export interface ChannelState {
  readonly visibility: 'public' | 'private';
  readonly archived: boolean;
  /** By the person's id: of a private channel all members, of a public one its owners at least. */
  readonly roles: ReadonlyMap<string, 'member' | 'owner'>;
}

/** A mute or a ban that holds. */
export interface Sanction {
  readonly kind: 'mute' | 'ban';
  readonly person: string;
  /** Undefined: everywhere. */
  readonly channel?: string;
  readonly reason: string;
  readonly by: Author;
  /** The rights of who made it, see {@link rankOf}. */
  readonly rank: number;
  /** ISO 8601. */
  readonly until: string;
  readonly remainingMs: number;
}

export interface Revocation {
  readonly person: string;
  /** Undefined: all of the person's that were issued up to `beforeMs`. */
  readonly session?: string;
  readonly beforeMs: number;
  readonly remainingMs: number;
}

/** Of a channel, of a person, of a person on a channel; of everything where it says neither. */
export interface AccessChange {
  readonly channel?: string;
  readonly person?: string;
}

/** Where it is kept who may do what: the store of all nodes. */
export interface AccessStore {
  /** What has changed since `version`; `changes` is undefined where that is not known (any more). */
  changes(version: number): Promise<{ version: number; changes: readonly AccessChange[] | undefined }>;
  /** The states of those of these channels that are there. */
  states(channels: readonly string[]): Promise<ReadonlyMap<string, ChannelState>>;
  /** What holds now, of all or of these people. */
  standing(
    people?: readonly string[],
  ): Promise<{ sanctions: readonly Sanction[]; revocations: readonly Revocation[] }>;
}
