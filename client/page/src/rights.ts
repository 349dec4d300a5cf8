import type { Message } from '@carillon/client';
import type { Session } from './identity.ts';

/** Whether a channel is one of those that patterns name; `*` stands for any characters. */
function matches(patterns: readonly string[], channel: string): boolean {
  return patterns.some((pattern) => {
    if (!pattern.includes('*')) return pattern === channel;
    const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9_-]/g, ''));
    return new RegExp(`^${parts.join('.*')}$`).test(channel);
  });
}

/** What the page offers a person. The server decides; this only leaves out what it would refuse. */
export function mayModerate({ grants }: Session, channel: string): boolean {
  return matches(grants.moderate, channel);
}

export function mayModerateAll({ grants }: Session): boolean {
  return grants.moderate.includes('*');
}

export function mayWrite({ grants }: Session, channel: string): boolean {
  return matches(grants.publish, channel);
}

/** Without a session one has nothing of one's own to change, and no vote. */
export function hasIdentity({ kind }: Session): boolean {
  return kind !== 'anonymous';
}

export function isOwn(session: Session, { author }: Message): boolean {
  return hasIdentity(session) && author.id === session.id;
}
