import { JWT_SECRET } from './tokens.ts';

/** That of docs/moderation.md, so that what is printed there works as it is. */
export const ADMIN_TOKEN = 'an-admin-token-of-yours';

/** The environments of the run's Carillons: each is a process more, so there are few, and suites share them. */
export const STANDALONES = {
  /** Takes everybody, as often as they come: all suites come from one address. */
  open: { ADMIN_TOKEN, RATE_LIMIT: 'off' },
  /** As `npm start` is by itself. */
  usual: { HELLO_BOT: 'on' },
  /** Takes who has a token (tokens.ts). */
  guarded: { AUTH: 'jwt', JWT_SECRET, ADMIN_TOKEN, RATE_LIMIT: 'off' },
} as const satisfies Record<string, Record<string, string>>;

export type StandaloneName = keyof typeof STANDALONES;
