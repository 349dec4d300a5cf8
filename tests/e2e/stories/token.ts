import { signToken } from '../../servers/tokens.ts';

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
  const carillon = { subscribe: ['*'], publish: ['*'], moderate };
  return signToken(id, { name, iat: now, exp: now + seconds, carillon });
}
