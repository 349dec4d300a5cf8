/**
 * How a channel comes to be: by the first post of anybody who may post there, or by a call; only by a call; only by a call of
 * who moderates it. A part of Carillon makes its own by a post in any case.
 */
export const CREATE_CHANNELS = ['post', 'call', 'moderator'] as const;
export type CreateChannels = (typeof CREATE_CHANNELS)[number];
