/** Bits of a key that hold the seq: four thousand million events of a channel. */
const SEQ_BITS = 32n;

/** The largest seq in this store. */
export const MAX_SEQ = 2 ** 32 - 1;

/** SQL: the seq of the key in a column. */
export const seqIn = (column: string): string => `(${column} & ${MAX_SEQ})`;

/** SQL: the channel's id of the key in a column; written exactly as in the indexes. */
export const channelIn = (column: string): string => `(${column} >> ${SEQ_BITS})`;

/** SQL: the key of a channel's id and a seq. */
export const keyFrom = (channelId: string, seq: string): string => `((${channelId} << ${SEQ_BITS}) | ${seq})`;

/** SQL: the parts of the key column `place`. */
export const SEQ = seqIn('place');
export const CHANNEL_ID = channelIn('place');

/** The key of an event's row: channel id and seq in one number, so that rows are sorted by channel, then by seq. */
export function keyOf(channelId: number, seq: number): bigint {
  return (BigInt(channelId) << SEQ_BITS) | BigInt(Math.min(seq, MAX_SEQ));
}
