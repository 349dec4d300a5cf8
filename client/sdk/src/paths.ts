/** The path of a channel's calls. */
export function channelPath(channel: string): string {
  return `/v1/channels/${encodeURIComponent(channel)}`;
}

/** The path of one message. */
export function messagePath(channel: string, seq: number): string {
  return `${channelPath(channel)}/messages/${seq}`;
}

/** The path of the caller's reaction to a message. */
export function reactionPath(channel: string, seq: number, emoji: string): string {
  return `${messagePath(channel, seq)}/reactions/${encodeURIComponent(emoji)}`;
}

/** The path of a message's pin. */
export function pinPath(channel: string, seq: number): string {
  return `${channelPath(channel)}/pins/${seq}`;
}

/** The path of a member of a private channel, by id. */
export function memberPath(channel: string, person: string): string {
  return `${channelPath(channel)}/members/${encodeURIComponent(person)}`;
}

/** The path of a person's mute in a channel. */
export function mutePath(channel: string, person: string): string {
  return `${channelPath(channel)}/mutes/${encodeURIComponent(person)}`;
}

/** The path of a person's ban from one channel, or from all where it is undefined. */
export function banPath(channel: string | undefined, person: string): string {
  return `${channel === undefined ? '/v1' : channelPath(channel)}/bans/${encodeURIComponent(person)}`;
}

/** The path of the stream of these channels; `start` is where it starts, as the protocol names it (docs/protocol.md, section 2). */
export function streamPath(channels: readonly string[], start: Record<string, string>): string {
  const [only, ...others] = channels;
  if (only !== undefined && others.length === 0)
    return `${channelPath(only)}/stream?${new URLSearchParams(start)}`;
  const named = channels.map((channel) => ['channel', channel]);
  return `/v1/stream?${new URLSearchParams([...named, ...Object.entries(start)])}`;
}
