export { type Access, type Action, openAccess } from './access.ts';
