import type { Access } from '@carillon/access';
import type { ReadScope } from '@carillon/history';
import type { Identity } from '@carillon/protocol';
import { CHECKS_CHANNEL } from './checks/broadcast.ts';

/** Returns the channels in which the store searches for a caller. It ignores bans: filter the results with {@link readableOf}. */
export function scopeOf({ kind, author, grants }: Identity): ReadScope {
  return {
    subscribe: grants.subscribe,
    person: kind === 'anonymous' ? undefined : author.id,
    moderate: kind === 'service' ? ['*'] : grants.moderate,
  };
}

/** Returns those of the channels that the caller may read, without the channel of the checks. Throws if the access rules cannot be read. */
export async function readableOf(
  access: Access,
  identity: Identity,
  channels: readonly string[],
): Promise<Set<string>> {
  const names = [...new Set(channels)].filter((channel) => channel !== CHECKS_CHANNEL);
  return new Set(await access.visible(identity, names));
}
