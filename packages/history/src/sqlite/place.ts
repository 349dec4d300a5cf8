/** Bits of a place that are the seq: four thousand million events of a channel. */
const SEQ_BITS = 32n;

/** Seqs end here, in this store. */
export const MAX_SEQ = 2 ** 32 - 1;

/** SQL: the parts of a place. */
export const SEQ = '(place & 4294967295)';
export const CHANNEL_ID = '(place >> 32)';

/** Where an event lies: by channel, then by seq, in one number that is a row's key. */
export function placeOf(channelId: number, seq: number): bigint {
  return (BigInt(channelId) << SEQ_BITS) | BigInt(Math.min(seq, MAX_SEQ));
}
