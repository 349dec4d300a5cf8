/** Bits of a place that are the seq: four thousand million events of a channel. */
const SEQ_BITS = 32n;

/** Seqs end here, in this store. */
export const MAX_SEQ = 2 ** 32 - 1;

/** SQL: the seq of the place in a column. */
export const seqIn = (column: string): string => `(${column} & ${MAX_SEQ})`;

/** SQL: the channel's id of the place in a column, as the indexes have it. */
export const channelIn = (column: string): string => `(${column} >> ${SEQ_BITS})`;

/** SQL: the place of a channel's id and a seq. */
export const placeFrom = (channelId: string, seq: string): string =>
  `((${channelId} << ${SEQ_BITS}) | ${seq})`;

/** SQL: the parts of the column `place`. */
export const SEQ = seqIn('place');
export const CHANNEL_ID = channelIn('place');

/** Where an event lies: by channel, then by seq, in one number that is a row's key. */
export function placeOf(channelId: number, seq: number): bigint {
  return (BigInt(channelId) << SEQ_BITS) | BigInt(Math.min(seq, MAX_SEQ));
}
