import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** Of HS256. */
export const SECRET = 'a secret of thirty-two bytes, or more';
export const ISSUER = 'https://issuer.example';
export const AUDIENCE = 'carillon';

export const seconds = () => Math.floor(Date.now() / 1_000);

/** The claims of a token that is good. */
export const good = (more: JWTPayload = {}): JWTPayload => ({
  sub: 'ada',
  name: 'Ada',
  iss: ISSUER,
  aud: AUDIENCE,
  iat: seconds(),
  exp: seconds() + 600,
  carillon: { subscribe: ['lobby', 'team-*'], publish: ['lobby'] },
  ...more,
});

/** Claims without one of them. */
export const without = (name: string, claims = good()): JWTPayload =>
  Object.fromEntries(Object.entries(claims).filter(([each]) => each !== name));

/** Signed by HS256. */
export function hs256(claims: JWTPayload, secret = SECRET, header: object = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT', ...header })
    .sign(new TextEncoder().encode(secret));
}

/** A token of any header and any signature: what only somebody else's code would make. */
export function raw(header: object, claims: object, signature: string | Buffer = ''): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${encode(header)}.${encode(claims)}.${Buffer.from(signature).toString('base64url')}`;
}

/** A key pair of a provider. */
export interface KeyPair {
  /** What it publishes. */
  jwk: JWK;
  sign(claims: JWTPayload, header?: object): Promise<string>;
}

export async function keyPair(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    sign: (claims, header = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).sign(privateKey),
  };
}

/** A provider's published keys, over HTTP. */
export interface PublishedKeys {
  url: string;
  keys: JWK[];
  /** Requests so far. */
  asked: number;
  /** What it answers instead of keys. */
  broken: string | undefined;
  close(): Promise<void>;
}

export async function publishKeys(keys: JWK[]): Promise<PublishedKeys> {
  const server = createServer((_request, response) => {
    published.asked += 1;
    response.statusCode = published.broken === undefined ? 200 : 500;
    response.end(published.broken ?? JSON.stringify({ keys: published.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const published: PublishedKeys = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    keys,
    asked: 0,
    broken: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return published;
}
