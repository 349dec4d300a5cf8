import { CHANNEL_PATTERN } from '@carillon/client';

/** What the page's address asks for. */
export type Route = { channel: string; seq?: number } | { invalid: string };

/** Where a page goes that names no channel. */
export const FIRST_CHANNEL = 'lobby';

/** Reads the path of an address, such as `/c/lobby` or, of a message, `/c/lobby/42`. */
export function routeOf(pathname: string): Route {
  const [, name, digits] = /^\/c\/([^/]+)(?:\/(\d{1,15}))?\/?$/.exec(pathname) ?? [];
  if (name === undefined) return { channel: FIRST_CHANNEL };
  if (!CHANNEL_PATTERN.test(name)) return { invalid: decoded(name) };
  const seq = Number(digits ?? 0);
  return seq > 0 ? { channel: name, seq } : { channel: name };
}

/** The address of a channel, or of a message in it. */
export function pathOf(channel: string, seq?: number): string {
  return seq === undefined ? `/c/${channel}` : `/c/${channel}/${seq}`;
}

/** What a person typed as a channel's name, with "#", capitals and spaces around it put right; or why it is none. */
export function channelNamed(typed: string): { channel: string } | { fault: string } {
  const channel = typed.trim().replace(/^#+/, '').toLowerCase();
  if (CHANNEL_PATTERN.test(channel)) return { channel };
  if (channel === '') return { fault: 'Type a channel name, such as "team".' };
  if (channel.length > 64) return { fault: 'A name can have up to 64 characters.' };
  if (/^[-_]/.test(channel)) return { fault: 'A name has to start with a letter or a digit.' };
  return { fault: 'A name can only have the letters a to z, digits, "-" and "_".' };
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
