import type { Author, Grants, Identity } from '@carillon/protocol';

/** Who posts without a session. */
export const GUEST: Author = Object.freeze({ id: 'guest', name: 'Guest' });

/** Everybody may read and write everywhere. */
export const EVERYWHERE: Grants = Object.freeze({ subscribe: ['*'], publish: ['*'], moderate: [] });

const NOWHERE: Grants = Object.freeze({ subscribe: [], publish: [], moderate: [] });

/** Of whom nothing is known, where everybody is let in. */
export const WELCOME: Identity = Object.freeze({ kind: 'anonymous', author: GUEST, grants: EVERYWHERE });

/** Of whom nothing is known, where people sign in. */
export const STRANGER: Identity = Object.freeze({ kind: 'anonymous', author: GUEST, grants: NOWHERE });
