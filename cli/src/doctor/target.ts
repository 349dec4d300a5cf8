/** The Carillon that is examined, behind whatever stands between. */
export interface Target {
  /** Such as `https://chat.example`, without a path. */
  readonly origin: string;
  /** A channel that may be read and is quiet: a message hides that idle streams are cut, and other readers hide who leaves. */
  readonly channel: string;
  /** A bearer token; undefined to call as nobody. */
  readonly token: string | undefined;
}

/** The stream of a channel of the target, the quiet one where none is named. */
export function streamOf({ origin, channel }: Target): URL {
  return new URL(`/v1/channels/${encodeURIComponent(channel)}/stream`, origin);
}

/** What a browser sends when it opens a stream, and the token. */
export function streamHeaders(target: Target): Record<string, string> {
  return {
    accept: 'text/event-stream',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'cache-control': 'no-cache',
    ...authorization(target),
  };
}

/** The header that carries the token, where there is one. */
export function authorization({ token }: Target): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}
