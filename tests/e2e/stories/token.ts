import { createHmac } from 'node:crypto';

/** What the server of the story trusts. */
export const JWT_SECRET = 'a secret of this story, long enough for HS256';
const HOUR_S = 3_600;

interface Person {
  id: string;
  name: string;
  moderate?: readonly string[];
}

/** A token that a company's own sign-in would give somebody: for all channels, for an hour. */
export function tokenOf({ id, name, moderate = [] }: Person): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: id,
    name,
    iat: now,
    exp: now + HOUR_S,
    carillon: { subscribe: ['*'], publish: ['*'], moderate },
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}
