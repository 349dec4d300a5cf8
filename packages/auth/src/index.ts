export type { Authenticator } from './authenticator.ts';
export { openToAll } from './open.ts';
export { createSessions, GUEST, MIN_SECRET_LENGTH, SESSION_COOKIE, type Sessions } from './sessions.ts';
