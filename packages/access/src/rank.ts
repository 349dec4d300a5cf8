import type { Identity } from '@carillon/protocol';
import type { ChannelState } from './access-store.ts';
import { matches } from './patterns.ts';

/**
 * How much somebody has to say on a channel: 4 its administrator, 3 who moderates everything, 2 who moderates
 * the channel, 1 its owner, else 0. Nobody is muted or banned by one with less.
 */
export function rankOf(
  identity: Identity,
  channel: string | undefined,
  state: ChannelState | undefined,
): number {
  const { moderate } = identity.grants;
  if (moderate.includes('*')) return identity.kind === 'service' ? 4 : 3;
  if (channel !== undefined && matches(moderate, channel)) return 2;
  return state?.roles.get(identity.author.id) === 'owner' ? 1 : 0;
}
