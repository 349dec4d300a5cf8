import type { Message } from '@carillon/client';
import type { Session } from './identity.ts';

/** Whether one of the patterns matches a channel; `*` stands for any characters (docs/identity.md). */
function matches(patterns: readonly string[], channel: string): boolean {
  return patterns.some((pattern) => {
    if (!pattern.includes('*')) return pattern === channel;
    const parts = pattern.split('*').map((part) => part.replace(/[^a-z0-9_-]/g, ''));
    return new RegExp(`^${parts.join('.*')}$`).test(channel);
  });
}

/** Whether the person moderates a channel. The server decides; here it only says what the page offers. */
export function mayModerate({ grants }: Session, channel: string): boolean {
  return matches(grants.moderate, channel);
}

/** Whether the person moderates every channel. */
export function mayModerateAll({ grants }: Session): boolean {
  return grants.moderate.includes('*');
}

/** Whether the person may post in a channel, as far as their grants say; the channel may be archived, or they may be muted. */
export function mayWrite({ grants }: Session, channel: string): boolean {
  return matches(grants.publish, channel);
}

/** Whether the person has a name or has signed in. Others cannot edit, react or open settings. */
export function hasIdentity({ kind }: Session): boolean {
  return kind !== 'anonymous';
}

/** Whether the person wrote a message. Never for guests without a name: they share an id. */
export function isOwn(session: Session, { author }: Message): boolean {
  return hasIdentity(session) && author.id === session.id;
}
