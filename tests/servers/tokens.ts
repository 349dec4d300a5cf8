import { createHmac } from 'node:crypto';

/** Of the servers that tests start with AUTH=jwt. */
export const JWT_SECRET = 'a secret that only tests sign with';

/** A token as an application would sign it for a person (RFC 7519, HS256): good for an hour, from a minute ago. */
export function signToken(sub: string, claims: object = {}): string {
  const now = Math.floor(Date.now() / 1_000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const payload = { sub, name: sub, iat: now - 60, exp: now + 3_600, ...claims };
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}
