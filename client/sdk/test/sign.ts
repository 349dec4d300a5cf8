import { SignJWT } from 'jose';
import { JWT_SECRET } from '../../../tests/servers/tokens.ts';

/** A token for all channels. */
export function sign(sub: string, lastsSeconds: number, name = sub): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ name, carillon: { subscribe: ['*'], publish: ['*'], moderate: [] } })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + lastsSeconds)
    .sign(new TextEncoder().encode(JWT_SECRET));
}
