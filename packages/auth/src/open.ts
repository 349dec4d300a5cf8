import type { Identity } from '@carillon/protocol';
import type { Authenticator } from './authenticator.ts';
import { GUEST, type Sessions } from './sessions.ts';

const EVERYWHERE = Object.freeze({ subscribe: ['*'], publish: ['*'], moderate: [] });

const ANONYMOUS: Identity = Object.freeze({ kind: 'anonymous', author: GUEST, grants: EVERYWHERE });

/** `AUTH=open`: everybody may read and write everywhere; who gave a name is a guest of that name. */
export function openToAll(sessions: Sessions): Authenticator {
  return {
    identify({ cookie }) {
      const author = sessions.read(cookie);
      return author === undefined ? ANONYMOUS : { kind: 'guest', author, grants: EVERYWHERE };
    },
  };
}
