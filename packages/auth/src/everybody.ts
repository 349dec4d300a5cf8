import type { Author, Grants, Identity } from '@carillon/protocol';

/** The author of posts without a session. */
export const GUEST: Author = Object.freeze({ id: 'guest', name: 'Guest' });

/** The grants to read and write everywhere. */
export const EVERYWHERE: Grants = Object.freeze({ subscribe: ['*'], publish: ['*'], moderate: [] });

const NOWHERE: Grants = Object.freeze({ subscribe: [], publish: [], moderate: [] });

/** An anonymous caller in a mode that admits everybody. */
export const WELCOME: Identity = Object.freeze({ kind: 'anonymous', author: GUEST, grants: EVERYWHERE });

/** An anonymous caller in a mode that requires sign-in. */
export const STRANGER: Identity = Object.freeze({ kind: 'anonymous', author: GUEST, grants: NOWHERE });
