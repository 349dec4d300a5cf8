/** The variables with which any service identifies callers. */
import { z } from 'zod';
import { ConfigError, secret } from './config.ts';
import { number, urlOf } from './fields.ts';
import type { Log } from './log.ts';

/** Characters; the output of `openssl rand -hex 16` has 32. */
const MIN_ADMIN_TOKEN_LENGTH = 16;

/** Bytes: the size of the hash of HS256 (RFC 7518, 3.2). */
const MIN_JWT_SECRET_BYTES = 32;

/** How long a sign-in lasts, s: a working day. */
const SESSION_SECONDS = 12 * 60 * 60;

/** The longest sign-in, s: half a year, because a lost laptop stays signed in that long. */
const MAX_SESSION_SECONDS = 180 * 24 * 60 * 60;

/** Signing keys and identities must be fetched with TLS, except from this machine. */
const trustedUrl = urlOf('https:', 'http:').refine(
  (text) =>
    !text.startsWith('http:') || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(text).hostname),
  'must be https, or http on this machine',
);

/** The variables of a service that issues or verifies sessions and tokens. */
export const identityConfig = z.object({
  AUTH: z
    .enum(['open', 'jwt', 'oidc'])
    .default('open')
    .describe(
      'who may use Carillon: `open` everybody, `jwt` people with a token, `oidc` people who sign in at a provider',
    ),
  ADMIN_TOKEN: secret(
    z
      .string()
      .min(MIN_ADMIN_TOKEN_LENGTH)
      .regex(/^[\w.~+/-]+=*$/, 'must be a bearer token: letters, digits and -._~+/')
      .optional(),
  ).meta({
    description: `a bearer token that may do everything; at least ${MIN_ADMIN_TOKEN_LENGTH} characters`,
    unset: 'no admin token',
  }),
  JWT_SECRET: secret(
    z
      .string()
      .refine(
        (text) => Buffer.byteLength(text) >= MIN_JWT_SECRET_BYTES,
        `must have at least ${MIN_JWT_SECRET_BYTES} bytes`,
      )
      .optional(),
  ).meta({
    description: `the secret that tokens are signed with (HS256); at least ${MIN_JWT_SECRET_BYTES} bytes`,
    unset: '`JWKS_URL`',
  }),
  JWKS_URL: trustedUrl.optional().meta({
    description: 'the URL of the public keys that verify tokens (RS256, ES256, EdDSA)',
    unset: '`JWT_SECRET`',
  }),
  JWT_ISSUER: z.string().optional().meta({
    description: 'the issuer (`iss`) that tokens must have; required with `JWKS_URL`',
    unset: 'not checked',
  }),
  JWT_AUDIENCE: z.string().optional().meta({
    description: 'the audience (`aud`) that tokens must have; required with `JWKS_URL`',
    unset: 'not checked',
  }),
});

/** More variables of chat-service, for signing in at a provider. */
export const signInConfig = z.object({
  OIDC_ISSUER: trustedUrl
    .optional()
    .meta({ description: 'the issuer URL of the provider, for `AUTH=oidc`', unset: 'none' }),
  OIDC_CLIENT_ID: z
    .string()
    .optional()
    .meta({ description: "Carillon's client ID at the provider", unset: 'none' }),
  OIDC_CLIENT_SECRET: secret(z.string().optional()).meta({
    description: "Carillon's client secret at the provider",
    unset: 'a public client: PKCE only',
  }),
  OIDC_SUBSCRIBE: patterns('*').describe(
    'channels that people without a `carillon` claim may read: names and patterns, separated by white space',
  ),
  OIDC_PUBLISH: patterns('*').describe('channels that people without a `carillon` claim may post to'),
  PUBLIC_URL: urlOf('https:', 'http:')
    .refine((text) => new URL(text).pathname === '/' && new URL(text).search === '', 'must have no path')
    .optional()
    .meta({
      description:
        'the public URL of Carillon, such as `https://chat.example`; required for `AUTH=oidc`, which redirects back to it',
      unset: 'none',
    }),
  SESSION_SECONDS: number()
    .int()
    .min(1)
    .max(MAX_SESSION_SECONDS)
    .default(SESSION_SECONDS)
    .describe('how long a sign-in by `AUTH=oidc` lasts, in seconds'),
});

type IdentityConfig = z.output<typeof identityConfig>;
type SignInConfig = z.output<typeof signInConfig>;

/** Returns the settings with which a process identifies callers. Throws a ConfigError if variables contradict each other, or one is missing. */
export function authOf(config: IdentityConfig & { SESSION_SECRET: string }, log: Pick<Log, 'warn'>) {
  const { AUTH, JWT_SECRET, JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, ADMIN_TOKEN, SESSION_SECRET } = config;
  const faults: string[] = [];
  if (JWT_SECRET !== undefined && JWKS_URL !== undefined) {
    faults.push('JWKS_URL: is set, and so is JWT_SECRET: tokens are verified by one of them');
  }
  if (AUTH === 'jwt' && JWT_SECRET === undefined && JWKS_URL === undefined) {
    faults.push('JWT_SECRET: is not set, nor is JWKS_URL, and AUTH is jwt');
  }
  if (AUTH !== 'open' && JWKS_URL !== undefined) {
    // A provider signs tokens for many services with the same keys.
    if (JWT_ISSUER === undefined) faults.push('JWT_ISSUER: is not set, and JWKS_URL is');
    if (JWT_AUDIENCE === undefined) faults.push('JWT_AUDIENCE: is not set, and JWKS_URL is');
  }
  if (faults.length > 0) throw new ConfigError(faults);
  const onAway = (err: unknown) => log.warn({ err }, 'the keys of tokens cannot be fetched');
  const verified = JWT_SECRET !== undefined || JWKS_URL !== undefined;
  return {
    mode: AUTH,
    sessionSecret: SESSION_SECRET,
    adminToken: ADMIN_TOKEN,
    tokens: verified
      ? { secret: JWT_SECRET, jwksUrl: JWKS_URL, issuer: JWT_ISSUER, audience: JWT_AUDIENCE, onAway }
      : undefined,
  };
}

/** Returns the settings for signing in at a provider; undefined unless AUTH is oidc. Throws a ConfigError if a variable is missing. */
export function signInOf(config: Pick<IdentityConfig, 'AUTH'> & SignInConfig, log: Pick<Log, 'warn'>) {
  if (config.AUTH !== 'oidc') return undefined;
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, PUBLIC_URL: publicUrl } = config;
  if (issuer === undefined || clientId === undefined || publicUrl === undefined) {
    const needed = { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, PUBLIC_URL: publicUrl };
    const missing = Object.entries(needed).filter(([, value]) => value === undefined);
    throw new ConfigError(missing.map(([name]) => `${name}: is not set, and AUTH is oidc`));
  }
  return {
    issuer,
    clientId,
    clientSecret: config.OIDC_CLIENT_SECRET,
    publicUrl,
    grants: { subscribe: config.OIDC_SUBSCRIBE, publish: config.OIDC_PUBLISH, moderate: [] },
    sessionSeconds: config.SESSION_SECONDS,
    onFault: (err: unknown) => log.warn({ err }, 'a sign-in at the provider failed'),
  };
}

/** Names and patterns of channels, separated by white space. */
function patterns(byDefault: string) {
  return z
    .string()
    .default(byDefault)
    .transform((text) => text.split(/\s+/).filter((pattern) => pattern !== ''))
    .pipe(z.array(z.string().regex(/^[a-z0-9*][a-z0-9*_-]{0,63}$/, 'must be channels, or patterns with *')));
}
