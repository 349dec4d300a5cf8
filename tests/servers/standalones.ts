import { JWT_SECRET } from './tokens.ts';

/** The token of docs/moderation.md, so that its commands work as they are printed. */
export const ADMIN_TOKEN = 'an-admin-token-of-yours';

/** The environments of the run's Carillons. Each is another process, so there are few, and suites share them. */
export const STANDALONES = {
  /** Lets everybody in without rate limits: all suites come from one address. */
  open: { ADMIN_TOKEN, RATE_LIMIT: 'off' },
  /** The defaults of `npm start`. */
  usual: { HELLO_BOT: 'on' },
  /** Lets in callers with a token (tokens.ts). */
  guarded: { AUTH: 'jwt', JWT_SECRET, ADMIN_TOKEN, RATE_LIMIT: 'off' },
} as const satisfies Record<string, Record<string, string>>;

export type StandaloneName = keyof typeof STANDALONES;
