import type { Access } from '@carillon/access';
import { type Identity, Problem } from '@carillon/protocol';
import { CHECKS_CHANNEL } from './checks/broadcast.ts';

/** Which of these channels are shown to who asks: those that they may read, without the one that checks post to. */
export async function readableOf(
  access: Access,
  identity: Identity,
  channels: readonly string[],
): Promise<Set<string>> {
  const names = [...new Set(channels)].filter((channel) => channel !== CHECKS_CHANNEL);
  const readable = await Promise.all(names.map((channel) => isReadable(access, identity, channel)));
  return new Set(names.filter((_, index) => readable[index]));
}

async function isReadable(access: Access, identity: Identity, channel: string): Promise<boolean> {
  try {
    await access.require(identity, 'subscribe', channel);
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
