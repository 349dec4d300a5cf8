import type { Identity } from '@carillon/protocol';
import type { ChannelState } from './access-store.ts';
import { matches } from './patterns.ts';

/**
 * The rank of an identity on a channel: 4 administrator, 3 moderator of everything, 2 moderator of the channel, 1 owner
 * of the channel, else 0. A person of lower rank cannot mute or ban a person of higher rank.
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
