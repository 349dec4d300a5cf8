import type { Access } from '@carillon/access';
import type { ReadScope } from '@carillon/history';
import type { Identity } from '@carillon/protocol';
import { CHECKS_CHANNEL } from './checks/broadcast.ts';

/** What the store is to look at for who asks. It knows no bans: what it gives goes through {@link readableOf}. */
export function scopeOf({ kind, author, grants }: Identity): ReadScope {
  return {
    subscribe: grants.subscribe,
    person: kind === 'anonymous' ? undefined : author.id,
    moderate: kind === 'service' ? ['*'] : grants.moderate,
  };
}

/** Which of these channels are shown to who asks: those that they may read, without the one that checks post to. */
export async function readableOf(
  access: Access,
  identity: Identity,
  channels: readonly string[],
): Promise<Set<string>> {
  const names = [...new Set(channels)].filter((channel) => channel !== CHECKS_CHANNEL);
  return new Set(await access.visible(identity, names));
}
