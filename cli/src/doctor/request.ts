import type { Patient } from './examine.ts';

/** The patient's stream, and what a browser sends with it. */
export function streamOf({ url, channel }: Patient): URL {
  return new URL(`/v1/channels/${encodeURIComponent(channel)}/stream`, url);
}

export function headersOf({ token }: Patient): Record<string, string> {
  return {
    accept: 'text/event-stream',
    'accept-encoding': 'gzip, deflate, br, zstd',
    'cache-control': 'no-cache',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

/** Why nothing was reached, in words. */
export function unreachable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? (error instanceof Error ? `${error.message}.` : String(error));
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: the connection is refused.',
  ENOTFOUND: 'There is no such host name.',
  EAI_AGAIN: 'The host name cannot be looked up now.',
  ECONNRESET: 'The connection was cut before an answer.',
  ETIMEDOUT: 'The host does not answer.',
  EHOSTUNREACH: 'There is no way to the host.',
  EPROTO: 'What answers speaks no TLS, or another version of it.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'What answers speaks no TLS: is it http:// rather than https://?',
  HPE_INVALID_CONSTANT: 'What answers speaks no HTTP: is it https:// rather than http://?',
};
