import { type Identity, Problem } from '@carillon/protocol';
import type { ChannelState, Sanction } from './access-store.ts';
import type { CreateChannels } from './create-channels.ts';
import { matches } from './patterns.ts';
import { rankOf } from './rank.ts';
import type { Sanctions } from './sanctions.ts';

/**
 * `subscribe`: read the channel and its stream. `publish`: post, edit your own messages, react, type. `moderate`:
 * everything else.
 */
export type Action = 'subscribe' | 'publish' | 'moderate';

/** Why an action is refused. */
export type Refusal =
  | 'unauthenticated'
  | 'revoked'
  | 'forbidden'
  | 'not_found'
  | 'archived'
  | { readonly sanction: Sanction };

/** Checks the rules that apply on every channel: ended sessions and bans. Returns undefined if nothing is refused. */
export function judgeIdentity(identity: Identity, sanctions: Sanctions): Refusal | undefined {
  if (identity.kind === 'service') return undefined;
  if (sanctions.revoked(identity)) return 'revoked';
  const rank = rankOf(identity, undefined, undefined);
  const sanction = sanctions.sanction(identity.author.id, 'ban', undefined, rank);
  return sanction && { sanction };
}

/** Checks only the claims, without the channel's state. Owners may moderate without a claim. */
export function judgeGrants(identity: Identity, action: Action, channel: string): Refusal | undefined {
  const person = identity.kind !== 'anonymous';
  if (matches(identity.grants[action], channel) || (action === 'moderate' && person)) return undefined;
  return person ? 'forbidden' : 'unauthenticated';
}

/** Checks the channel's state. Call {@link judgeIdentity} and {@link judgeGrants} first. */
export function judgeChannel(
  identity: Identity,
  action: Action,
  channel: string,
  state: ChannelState | undefined,
  sanctions: Sanctions,
): Refusal | undefined {
  const rank = rankOf(identity, channel, state);
  const member = identity.kind !== 'anonymous' && state?.roles.has(identity.author.id);
  // The answer for a private channel must equal the answer for a channel that does not exist.
  if (state?.visibility === 'private' && !member && rank < 2) return 'not_found';
  if (identity.kind !== 'service') {
    const ban = sanctions.sanction(identity.author.id, 'ban', channel, rank);
    if (ban !== undefined) return { sanction: ban };
  }
  if (action === 'subscribe') return undefined;
  if (action === 'moderate') return rank > 0 ? undefined : 'forbidden';
  if (identity.kind !== 'service') {
    const { id } = identity.author;
    const mute =
      sanctions.sanction(id, 'mute', channel, rank) ?? sanctions.sanction(id, 'mute', undefined, rank);
    if (mute !== undefined) return { sanction: mute };
  }
  return state?.archived === true ? 'archived' : undefined;
}

/**
 * Checks whether the caller may create a channel by a call. Anonymous callers cannot, because they could not own it.
 */
export function judgeCreation(
  identity: Identity,
  channel: string,
  policy: CreateChannels,
  sanctions: Sanctions,
): Refusal | undefined {
  if (identity.kind === 'anonymous') return 'unauthenticated';
  const refused = judgeGrants(identity, 'publish', channel);
  if (refused !== undefined) return refused;
  if (policy === 'moderator' && rankOf(identity, channel, undefined) < 2) return 'forbidden';
  return judgeChannel(identity, 'publish', channel, undefined, sanctions);
}

/** Converts a refusal to the Problem that the caller receives. */
export function problemOf(refusal: Refusal, action: Action): Problem {
  switch (refusal) {
    case 'unauthenticated':
      return new Problem('unauthenticated', 'Sign in, or send a token.');
    case 'revoked':
      return new Problem('unauthenticated', 'This session was ended. Sign in again.');
    case 'forbidden':
      return new Problem('forbidden', `You may not ${action} here.`);
    case 'not_found':
      return new Problem('not_found', 'There is no such channel.');
    case 'archived':
      return new Problem('archived', 'This channel is read-only.');
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
