import type { Identity } from '@carillon/protocol';

/** What of a request tells who it is of. */
export interface CallerHeaders {
  authorization?: string | undefined;
  cookie?: string | undefined;
  /** By whom TLS ends at. Which cookie counts hangs on it. */
  'x-forwarded-proto'?: string | readonly string[] | undefined;
}

/** Tells who calls. */
export interface Authenticator {
  /**
   * Who a request is of, by its `Authorization: Bearer` or its cookie; anonymous where it has neither. Mostly it knows at
   * once, and gives no promise. Throws the problem `unauthenticated` where a token is not good (any more).
   */
  identify(headers: CallerHeaders): Identity | Promise<Identity>;
}
