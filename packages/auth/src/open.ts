import { type Identity, Problem } from '@carillon/protocol';
import type { Authenticator } from './authenticator.ts';
import { bearerOf, sameSecret } from './bearer.ts';
import { cameByHttps } from './came-by-https.ts';
import { STRANGER, WELCOME } from './everybody.ts';
import { createKeyScope, type KeyScope } from './key-scope.ts';
import { createServiceTokens, type ServiceTokens } from './service-token.ts';
import { createSessions, type Sessions } from './sessions.ts';
import { createSignIn, type SignIn, type SignInOptions } from './sign-in.ts';
import { createTokens, type TokenOptions } from './tokens.ts';

/**
 * `open`: everybody is admitted; a caller who gives a name is a guest of that name. `jwt`: callers need a token.
 * `oidc`: people sign in at a provider, or send a token if token verification is configured.
 */
export const AUTH_MODES = ['open', 'jwt', 'oidc'] as const;
export type AuthMode = (typeof AUTH_MODES)[number];

export interface AuthOptions {
  mode: AuthMode;
  /** Signs cookies and the tokens between Carillon's services; the same on every node. */
  sessionSecret: string;
  /** How tokens are verified; required for `jwt`, ignored for `open`. */
  tokens?: TokenOptions | undefined;
  /** The caller with this token may do everything, in every mode. */
  adminToken?: string | undefined;
  /** The provider; only the service that handles sign-in needs it. Ignored unless the mode is `oidc`. */
  signIn?: SignInOptions | undefined;
}

/** Everything that a service needs to identify callers. */
export interface Auth extends Authenticator {
  readonly mode: AuthMode;
  readonly sessions: Sessions;
  readonly services: ServiceTokens;
  readonly keyScope: KeyScope;
  /** Undefined if people do not sign in at a provider. */
  readonly signIn: SignIn | undefined;
}

/** The identity of the admin token. */
const ADMIN: Identity = Object.freeze({
  kind: 'service',
  author: { id: 'admin', name: 'Admin' },
  grants: { subscribe: ['*'], publish: ['*'], moderate: ['*'] },
});

/** Opens authentication as configured. Throws a RangeError if a secret is too short. */
export function openAuthenticator(options: AuthOptions): Auth {
  const { mode, sessionSecret, tokens, adminToken, signIn } = options;
  const sessions = createSessions(sessionSecret, mode);
  const services = createServiceTokens(sessionSecret);
  const jwts = mode === 'open' || tokens === undefined ? undefined : createTokens(tokens);
  if (mode === 'jwt' && jwts === undefined)
    throw new RangeError('AUTH=jwt needs a secret or published keys to verify tokens');
  const anonymous = mode === 'open' ? WELCOME : STRANGER;

  const ofBearer = (authorization: string): Identity | Promise<Identity> => {
    const token = bearerOf(authorization);
    if (token === undefined)
      throw new Problem('unauthenticated', 'The Authorization header must be "Bearer" and a token.');
    if (adminToken !== undefined && sameSecret(token, adminToken)) return ADMIN;
    const service = services.read(token);
    if (service !== undefined) return service;
    if (jwts === undefined) throw new Problem('unauthenticated', 'The token is not valid.');
    return jwts.read(token);
  };

  return {
    mode,
    sessions,
    services,
    keyScope: createKeyScope(sessionSecret),
    signIn: mode === 'oidc' && signIn !== undefined ? createSignIn(signIn, sessionSecret) : undefined,
    identify: (headers) =>
      headers.authorization === undefined
        ? (sessions.read(headers.cookie, cameByHttps(headers)) ?? anonymous)
        : ofBearer(headers.authorization),
  };
}
