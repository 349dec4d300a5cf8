import { type Grants, Problem } from '@carillon/protocol';
import { compactVerify } from 'jose';
import * as oidc from 'openid-client';
import { z } from 'zod';
import { readClaims } from './claims.ts';
import { cookieValue, onlyByHttps } from './cookie-header.ts';
import { type PublishedKeys, publishedKeys } from './jwks.ts';
import { createLogoutHints } from './logout-hint.ts';
import type { SignedIn } from './sessions.ts';
import { createSigner } from './signed.ts';

export interface SignInOptions {
  /** The provider's URL. */
  issuer: string;
  clientId: string;
  /** Undefined for a public client. */
  clientSecret?: string | undefined;
  /** The origin at which people reach Carillon; never taken from a `Host` header. */
  publicUrl: string;
  /** The grants of people whose claims have no `carillon`. */
  grants: Grants;
  sessionSeconds: number;
  /** Called with the reason of a failed sign-in; the person only learns that it failed. */
  onFault?: ((error: unknown) => void) | undefined;
}

/** A person who returned from the provider. */
export interface CameBack {
  /** Undefined if the person cancelled. */
  person?: SignedIn;
  /** A path of this origin. */
  returnTo: string;
  /** The `Set-Cookie` that keeps the ID token of this session until sign-out. */
  keep?(session: string): string;
}

/** Sign-in at a provider: the authorization code flow of OpenID Connect with PKCE, state and nonce. */
export interface SignIn {
  /** The provider URL for the browser, which returns to `returnTo` afterwards, and the cookie for the sign-in. */
  begin(returnTo: string): Promise<{ location: string; cookie: string }>;

  /**
   * The person who returned, from the query and the cookies of the callback. Throws the problem `unauthenticated` if
   * anything differs from the start of the sign-in, or `identity_away` if the provider is unavailable.
   */
  finish(query: string, cookies: string | undefined): Promise<CameBack>;

  /** The `Set-Cookie` that deletes a started sign-in. */
  clear(): string;

  /**
   * The provider's sign-out page for the browser (RP-Initiated Logout 1.0), from the cookies of the ended session;
   * undefined if the provider has no such page or is unavailable.
   */
  endUrl(session: string | undefined, cookies: string | undefined): Promise<string | undefined>;

  /** The `Set-Cookie` that deletes what was kept for the sign-out. */
  forget(): string;
}

const CALLBACK_PATH = '/v1/auth/callback';

/**
 * Creates the sign-in. The provider's metadata is read when the first person signs in. Throws a RangeError if the
 * session secret is too short.
 */
export function createSignIn(options: SignInOptions, sessionSecret: string): SignIn {
  const { publicUrl, clientId, onFault } = options;
  const callback = new URL(CALLBACK_PATH, publicUrl).href;
  const signer = createSigner(sessionSecret, 'sign-in');
  const provider = discoverOnce(options);
  // The browser's address is where the provider redirected it to, whatever a header says.
  const secure = publicUrl.startsWith('https:');
  const hints = createLogoutHints(sessionSecret, secure);
  const verifySignature = signatureCheck(onFault);
  const cookieName = secure ? onlyByHttps(COOKIE) : COOKIE;
  const cookie = (value: string, seconds: number) =>
    `${cookieName}=${value}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

  const exchange = async (query: string, begun: Begun): Promise<Exchanged | undefined> => {
    const configuration = await provider();
    const url = new URL(callback);
    url.search = query;
    const tokens = await oidc.authorizationCodeGrant(configuration, url, {
      pkceCodeVerifier: begun.verifier,
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
    });
    const idToken = tokens.claims();
    if (idToken === undefined || tokens.id_token === undefined) return undefined;
    await verifySignature(tokens.id_token, configuration.serverMetadata().jwks_uri);
    const hasAll = idToken.name !== undefined && idToken.carillon !== undefined;
    const asks = !hasAll && configuration.serverMetadata().userinfo_endpoint !== undefined;
    const info = asks ? await oidc.fetchUserInfo(configuration, tokens.access_token, idToken.sub) : {};
    const claims = readClaims({ ...info, ...idToken });
    if (claims === undefined)
      throw new Problem('unauthenticated', 'The identity provider returned no usable claims.');
    const now = Date.now();
    const person: SignedIn = {
      author: claims.author,
      grants: claims.grants ?? options.grants,
      issuedAt: now,
      expiresAt: now + options.sessionSeconds * 1_000,
    };
    return { person, idToken: tokens.id_token };
  };

  return {
    async begin(returnTo) {
      const begun: Begun = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
        returnTo,
        until: Date.now() + SIGN_IN_SECONDS * 1_000,
      };
      const location = oidc.buildAuthorizationUrl(await provider(), {
        redirect_uri: callback,
        scope: 'openid profile',
        state: begun.state,
        nonce: begun.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
      });
      return { location: location.href, cookie: cookie(signer.seal(begun), SIGN_IN_SECONDS) };
    },

    async finish(query, cookies) {
      const sealed = cookies === undefined ? undefined : cookieValue(cookies, cookieName);
      const begun = beginning.safeParse(sealed === undefined ? undefined : signer.open(sealed));
      if (!begun.success || begun.data.until <= Date.now()) {
        throw new Problem(
          'unauthenticated',
          'This sign-in did not start here, or it took too long. Start again.',
        );
      }
      const { returnTo } = begun.data;
      try {
        const exchanged = await exchange(query, begun.data);
        if (exchanged === undefined) return { returnTo };
        const { person, idToken } = exchanged;
        const keep = (session: string) => hints.keep(idToken, session, options.sessionSeconds);
        return { person, returnTo, keep };
      } catch (error) {
        if (error instanceof oidc.AuthorizationResponseError && error.error === 'access_denied')
          return { returnTo };
        if (error instanceof Problem) throw error;
        onFault?.(error);
        if (isAway(error)) throw away();
        throw new Problem('unauthenticated', 'The sign-in failed. Start again.');
      }
    },

    clear: () => cookie('', 0),

    async endUrl(session, cookies) {
      const configuration = await provider().catch(() => undefined);
      if (configuration?.serverMetadata().end_session_endpoint === undefined) return undefined;
      const hint = session === undefined ? undefined : hints.read(cookies, session);
      return oidc.buildEndSessionUrl(configuration, {
        client_id: clientId,
        ...(hint !== undefined && { id_token_hint: hint }),
        post_logout_redirect_uri: new URL('/', publicUrl).href,
      }).href;
    },

    forget: hints.clear,
  };
}

interface Exchanged {
  person: SignedIn;
  idToken: string;
}

/**
 * Verifies the signature of an ID token, although it came directly from the provider; openid-client has verified
 * everything else. It could also verify the signature, but it caches keys for five minutes even if the provider has
 * replaced them.
 */
function signatureCheck(onFault: SignInOptions['onFault']) {
  const known = new Map<string, PublishedKeys>();
  return async (idToken: string, jwksUrl: string | undefined): Promise<void> => {
    if (jwksUrl === undefined) throw new Error('the provider publishes no keys');
    const keys = known.get(jwksUrl) ?? publishedKeys(jwksUrl, onFault);
    known.set(jwksUrl, keys);
    await keys.verify((key) => compactVerify(idToken, key, { algorithms: ID_TOKEN_ALGORITHMS }));
  };
}

/**
 * Algorithms with public keys (RFC 7518, 3.1; RFC 8037; RFC 9864). The provider's metadata says which of them it uses.
 */
const ID_TOKEN_ALGORITHMS = ['RS', 'PS', 'ES']
  .flatMap((family) => ['256', '384', '512'].map((bits) => `${family}${bits}`))
  .concat('EdDSA', 'Ed25519');

/** Minimum time between two attempts to reach the provider, ms: people who cannot sign in retry again and again. */
const COOLDOWN_MS = 2_000;

/** Time limit for an answer of the provider, s. */
const ANSWER_WITHIN_SECONDS = 5;

/** The provider's metadata, fetched once; concurrent callers share one request. */
function discoverOnce({
  issuer,
  clientId,
  clientSecret,
  onFault,
}: SignInOptions): () => Promise<oidc.Configuration> {
  let known: Promise<oidc.Configuration> | undefined;
  let failedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known === undefined && Date.now() - failedAt < COOLDOWN_MS) throw away();
    known ??= oidc.discovery(new URL(issuer), clientId, undefined, clientAuth(clientSecret), {
      timeout: ANSWER_WITHIN_SECONDS,
      // openid-client requires https; http is allowed only for this machine.
      execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
    });
    try {
      return await known;
    } catch (error) {
      known = undefined;
      failedAt = Date.now();
      onFault?.(error);
      throw away();
    }
  };
}

/**
 * Client authentication as the provider expects it: in a header by default, or in the body if it supports nothing else.
 */
function clientAuth(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None();
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    return (methods.includes('client_secret_basic') ? basic : post)(server, ...rest);
  };
}

function isAway(error: unknown): boolean {
  if (error instanceof oidc.ClientError) return error.code === 'OAUTH_TIMEOUT';
  if (error instanceof oidc.ResponseBodyError) return error.status >= 500;
  // What fetch throws.
  return error instanceof TypeError;
}

const away = () =>
  new Problem('identity_away', 'The identity provider cannot be reached. Try again.', {
    retryAfter: COOLDOWN_MS / 1_000,
  });

const COOKIE = 'carillon_sign_in';

/** How long a person may take at the provider, s: enough to find a password and a second factor. */
const SIGN_IN_SECONDS = 10 * 60;

/**
 * The content of the sign-in cookie. Only this browser can have started the sign-in: no other browser has the state and
 * nonce.
 */
const beginning = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  until: z.int(),
});
type Begun = z.output<typeof beginning>;
