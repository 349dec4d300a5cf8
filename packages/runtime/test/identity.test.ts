import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { authOf, ConfigError, identityConfig, parseConfig, signInConfig, signInOf } from '../src/index.ts';

const schema = z.object({ SESSION_SECRET: z.string(), ...identityConfig.shape, ...signInConfig.shape });
const log = { warn: () => {} };
const SECRET = 'x'.repeat(32);

function open(environment: Record<string, string>) {
  const config = parseConfig(schema, { SESSION_SECRET: 'a secret of some length', ...environment });
  return { auth: authOf(config, log), signIn: signInOf(config, log) };
}

function faultsOf(environment: Record<string, string>): string[] {
  try {
    open(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((fault) => fault.split(':')[0] ?? '');
    throw error;
  }
  return [];
}

describe('the variables of identity', () => {
  it('let everybody in where none is set', () => {
    const { auth, signIn } = open({});
    expect([auth.mode, auth.tokens, signIn]).toEqual(['open', undefined, undefined]);
  });

  it('name every one that is missing', () => {
    expect(faultsOf({ AUTH: 'jwt' })).toEqual(['JWT_SECRET']);
    expect(faultsOf({ AUTH: 'jwt', JWKS_URL: 'https://i.example/jwks' })).toEqual([
      'JWT_ISSUER',
      'JWT_AUDIENCE',
    ]);
    expect(faultsOf({ AUTH: 'oidc' })).toEqual(['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'PUBLIC_URL']);
    expect(faultsOf({ AUTH: 'jwt', JWT_SECRET: SECRET })).toEqual([]);
  });

  it('refuse a secret and public keys together', () => {
    const both = {
      JWT_SECRET: SECRET,
      JWKS_URL: 'https://i.example/jwks',
      JWT_ISSUER: 'i',
      JWT_AUDIENCE: 'a',
    };
    expect(faultsOf({ AUTH: 'jwt', ...both })).toEqual(['JWKS_URL']);
  });

  it('refuse what is weak: short secrets, and keys or a provider without TLS but on this machine', () => {
    expect(faultsOf({ AUTH: 'jwt', JWT_SECRET: 'x'.repeat(31) })).toEqual(['JWT_SECRET']);
    expect(faultsOf({ ADMIN_TOKEN: 'short' })).toEqual(['ADMIN_TOKEN']);
    for (const url of [
      'http://issuer.example',
      'http://127.0.0.1.evil.example',
      'http://localhost.evil.example',
      'ftp://x',
    ]) {
      expect(faultsOf({ JWKS_URL: url, OIDC_ISSUER: url }), url).toEqual(['JWKS_URL', 'OIDC_ISSUER']);
    }
    for (const url of [
      'https://issuer.example',
      'http://localhost:8080',
      'http://127.0.0.1:1',
      'http://[::1]:1',
    ]) {
      expect(faultsOf({ OIDC_ISSUER: url }), url).toEqual([]);
    }
  });

  it('give a sign-in where PUBLIC_URL is an origin, and patterns for who signs in', () => {
    const oidc = { AUTH: 'oidc', OIDC_ISSUER: 'https://i.example', OIDC_CLIENT_ID: 'c' };
    expect(faultsOf({ ...oidc, PUBLIC_URL: 'https://chat.example/path' })).toEqual(['PUBLIC_URL']);
    const { signIn } = open({ ...oidc, PUBLIC_URL: 'https://chat.example', OIDC_PUBLISH: 'lobby  team-*' });
    expect(signIn?.grants).toEqual({ subscribe: ['*'], publish: ['lobby', 'team-*'], moderate: [] });
    expect(faultsOf({ ...oidc, PUBLIC_URL: 'https://chat.example', OIDC_PUBLISH: 'Lobby' })).toEqual([
      'OIDC_PUBLISH',
    ]);
  });
});
