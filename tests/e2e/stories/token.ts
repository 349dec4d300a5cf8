import { createHmac } from 'node:crypto';

/** What the server of the story trusts. */
export const JWT_SECRET = 'a secret of this story, long enough for HS256';
const HOUR_S = 3_600;

interface Person {
  id: string;
  name: string;
  moderate?: readonly string[];
  /** How long it is good for; an hour where left out. */
  seconds?: number;
}

/** A token that a company's own sign-in would give somebody: for all channels. */
export function tokenOf({ id, name, moderate = [], seconds = HOUR_S }: Person): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: id,
    name,
    iat: now,
    exp: now + seconds,
    carillon: { subscribe: ['*'], publish: ['*'], moderate },
  };
  const signed = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', JWT_SECRET).update(signed).digest('base64url')}`;
}
