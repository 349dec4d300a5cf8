import type { IncomingHttpHeaders } from 'node:http';
import type { Identity } from '@carillon/protocol';

/** Tells who calls. */
export interface Authenticator {
  /**
   * Who a request is of, by its `Authorization: Bearer` or its cookie; anonymous where it has neither. Mostly it knows at
   * once, and gives no promise. Throws the problem `unauthenticated` where a token is not good (any more).
   */
  identify(headers: Pick<IncomingHttpHeaders, 'authorization' | 'cookie'>): Identity | Promise<Identity>;
}
