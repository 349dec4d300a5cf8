/** Tables: who may use a channel, mutes and bans, revocations, what moderators did. */
export const ACCESS = 'select 1';
