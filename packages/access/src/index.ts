export {
  type Access,
  type AccessLog,
  type AccessOptions,
  openAccess,
} from './access.ts';
export type { AccessChange, AccessStore } from './access-store.ts';
export { CREATE_CHANNELS, type CreateChannels } from './create-channels.ts';
export type { Action } from './judge.ts';
