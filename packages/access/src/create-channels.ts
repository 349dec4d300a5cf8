/**
 * How channels are created: `post`: by anybody's first post who may post there, or by a call. `call`: only by a call.
 * `moderator`: only by a call of a moderator of the channel. Carillon's own services always create channels by posting.
 */
export const CREATE_CHANNELS = ['post', 'call', 'moderator'] as const;
export type CreateChannels = (typeof CREATE_CHANNELS)[number];
