export { createSessions, GUEST, MIN_SECRET_LENGTH, SESSION_COOKIE, type Sessions } from './sessions.ts';
