/** Why nothing was reached, in words. Takes what `http`, `tls` and `fetch` throw. */
export function unreachable(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return WORDS[code] ?? (cause instanceof Error ? `${cause.message}.` : String(cause));
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
