export { openPresence, PRESENCE_SCHEMES } from './open.ts';
export { type Presence, PresenceUnavailable } from './presence.ts';
