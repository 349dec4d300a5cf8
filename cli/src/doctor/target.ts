/** The Carillon to check, behind everything in between. */
export interface Target {
  /** Such as `https://chat.example`, without a path. */
  readonly origin: string;
  /**
   * A readable and quiet channel: a message would hide that idle streams are cut, and other readers would hide that one
   * left.
   */
  readonly channel: string;
  /** A bearer token; undefined to make anonymous requests. */
  readonly token: string | undefined;
}

/** The URL of a stream of the target's channel. */
export function streamOf({ origin, channel }: Target): URL {
  return new URL(`/v1/channels/${encodeURIComponent(channel)}/stream`, origin);
}

/** The headers that a browser sends to open a stream, and the token. */
export function streamHeaders(target: Target): Record<string, string> {
  return {
    accept: 'text/event-stream',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'cache-control': 'no-cache',
    ...authorization(target),
  };
}

/** The header that carries the token, if there is one. */
export function authorization({ token }: Target): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
