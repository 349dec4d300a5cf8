/** Why the server cannot be reached, in plain English. Takes what `http`, `tls` and `fetch` throw. */
export function unreachable(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return WORDS[code] ?? (cause instanceof Error ? `${cause.message}.` : String(cause));
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The connection was refused: no server is listening there.',
  ENOTFOUND: 'The host name does not exist.',
  EAI_AGAIN: 'The host name cannot be resolved at the moment.',
  ECONNRESET: 'The connection was closed before a response.',
  ETIMEDOUT: 'The host does not answer.',
  EHOSTUNREACH: 'There is no route to the host.',
  EPROTO: 'The server does not use TLS, or uses an incompatible version.',
  ERR_SSL_WRONG_VERSION_NUMBER: 'The server does not use TLS: did you mean http:// instead of https://?',
  HPE_INVALID_CONSTANT: 'The server does not use HTTP: did you mean https:// instead of http://?',
};
