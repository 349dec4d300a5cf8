import { type Identity, Problem } from '@carillon/protocol';
import type { ChannelState, Sanction } from './access-store.ts';
import type { CreateChannels } from './create-channels.ts';
import { matches } from './patterns.ts';
import { rankOf } from './rank.ts';
import type { Standing } from './standing.ts';

/** `subscribe`: read it and its stream. `publish`: post, edit one's own, react, type. `moderate`: the rest. */
export type Action = 'subscribe' | 'publish' | 'moderate';

/** Why somebody may not. */
export type Refusal =
  | 'unauthenticated'
  | 'revoked'
  | 'forbidden'
  | 'not_found'
  | 'archived'
  | { readonly sanction: Sanction };

/** What is refused to whoever it is, on any channel. */
export function judgeIdentity(identity: Identity, standing: Standing): Refusal | undefined {
  if (identity.kind === 'service') return undefined;
  if (standing.revoked(identity)) return 'revoked';
  const rank = rankOf(identity, undefined, undefined);
  const sanction = standing.sanction(identity.author.id, 'ban', undefined, rank);
  return sanction && { sanction };
}

/** Whether the claims alone refuse it, whatever the channel is. An owner moderates without a claim. */
export function judgeGrants(identity: Identity, action: Action, channel: string): Refusal | undefined {
  const person = identity.kind !== 'anonymous';
  if (matches(identity.grants[action], channel) || (action === 'moderate' && person)) return undefined;
  return person ? 'forbidden' : 'unauthenticated';
}

/** What a channel's state refuses, once {@link judgeIdentity} and {@link judgeGrants} have let pass. */
export function judgeChannel(
  identity: Identity,
  action: Action,
  channel: string,
  state: ChannelState | undefined,
  standing: Standing,
): Refusal | undefined {
  const rank = rankOf(identity, channel, state);
  const member = identity.kind !== 'anonymous' && state?.roles.has(identity.author.id);
  // Nothing is said of a private channel that is not said of one that is not there.
  if (state?.visibility === 'private' && !member && rank < 2) return 'not_found';
  if (identity.kind !== 'service') {
    const ban = standing.sanction(identity.author.id, 'ban', channel, rank);
    if (ban !== undefined) return { sanction: ban };
  }
  if (action === 'subscribe') return undefined;
  if (action === 'moderate') return rank > 0 ? undefined : 'forbidden';
  if (identity.kind !== 'service') {
    const { id } = identity.author;
    const mute =
      standing.sanction(id, 'mute', channel, rank) ?? standing.sanction(id, 'mute', undefined, rank);
    if (mute !== undefined) return { sanction: mute };
  }
  return state?.archived === true ? 'archived' : undefined;
}

/** Whether somebody may make a channel by a call; an anonymous caller could not own it. */
export function judgeCreation(
  identity: Identity,
  channel: string,
  policy: CreateChannels,
  standing: Standing,
): Refusal | undefined {
  if (identity.kind === 'anonymous') return 'unauthenticated';
  const refused = judgeGrants(identity, 'publish', channel);
  if (refused !== undefined) return refused;
  if (policy === 'moderator' && rankOf(identity, channel, undefined) < 2) return 'forbidden';
  return judgeChannel(identity, 'publish', channel, undefined, standing);
}

/** A refusal as the problem that a caller gets. */
export function problemOf(refusal: Refusal, action: Action): Problem {
  switch (refusal) {
    case 'unauthenticated':
      return new Problem('unauthenticated', 'Sign in, or bring a token.');
    case 'revoked':
      return new Problem('unauthenticated', 'This session was ended. Sign in again.');
    case 'forbidden':
      return new Problem('forbidden', `You may not ${action} here.`);
    case 'not_found':
      return new Problem('not_found', 'There is no such channel.');
    case 'archived':
      return new Problem('archived', 'This channel can be read, and takes nothing new.');
    default: {
      const { kind, channel, reason, until, remainingMs } = refusal.sanction;
      const where = channel === undefined ? '' : ' here';
      const why = reason === '' ? '' : `: ${reason}`;
      const word = kind === 'mute' ? 'muted' : 'banned';
      return new Problem(word, `You are ${word}${where} until ${until}${why}`, {
        until,
        retryAfter: Math.max(1, Math.ceil(remainingMs / 1_000)),
      });
    }
  }
}
