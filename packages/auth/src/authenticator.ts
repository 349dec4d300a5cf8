import type { Identity } from '@carillon/protocol';

/** The headers that identify the caller of a request. */
export interface CallerHeaders {
  authorization?: string | undefined;
  cookie?: string | undefined;
  /** Set by the proxy that terminates TLS. It decides which session cookie counts. */
  'x-forwarded-proto'?: string | readonly string[] | undefined;
}

/** Identifies callers. */
export interface Authenticator {
  /**
   * The identity of a request, by its `Authorization: Bearer` header or its cookie; anonymous without either. Usually
   * it is known at once and no promise is returned. Throws the problem `unauthenticated` for a token that is invalid or
   * expired.
   */
  identify(headers: CallerHeaders): Identity | Promise<Identity>;
}
