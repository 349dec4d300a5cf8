import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from '@carillon/auth';

/** The ways to identify yourself, by the names that calls refer to. */
export const SECURITY_SCHEMES = {
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: SESSION_COOKIE,
    description: `from POST /v1/session, or by signing in; by https it is called ${SECURE_SESSION_COOKIE}. Where AUTH=open, you are the guest without it`,
  },
  token: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'a token that names you and your channels, or the token of ADMIN_TOKEN',
  },
  ticket: {
    type: 'apiKey',
    in: 'query',
    name: 'ticket',
    description: 'for one stream, from POST /v1/tickets: valid once, within 30 s',
  },
  admin: { type: 'http', scheme: 'bearer', description: 'the token of ADMIN_TOKEN' },
} as const;

/** Callers identify themselves by a cookie or a token, or are anonymous. */
export const CALLER = [{ session: [] }, { token: [] }, {}];

/** Readers of a stream do so as well, or by a ticket. */
export const READER = [{ session: [] }, { token: [] }, { ticket: [] }, {}];

/** A cookie or a token is needed. */
export const IDENTIFIED = [{ session: [] }, { token: [] }];

export const ADMIN = [{ admin: [] }];
