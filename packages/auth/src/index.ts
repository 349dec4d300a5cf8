export type { Authenticator } from './authenticator.ts';
export { sameSecret } from './bearer.ts';
export { GUEST } from './everybody.ts';
export { AUTH_MODES, type Auth, type AuthMode, type AuthOptions, openAuthenticator } from './open.ts';
export type { ServiceTokens } from './service-token.ts';
export { SESSION_COOKIE, type Sessions } from './sessions.ts';
export { MIN_SECRET_LENGTH } from './signed.ts';
export { createTickets, TICKET_MS, type Tickets } from './tickets.ts';
