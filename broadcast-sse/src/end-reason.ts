import { DENIED_REASONS } from '@carillon/protocol';

/**
 * Why a stream ended: its reader closed it or its connection broke (`left`), its bytes did not move (`stalled`), the node
 * is shutting down (`drain`), it reached the maximum age of a stream (`age`), or its reader may not read any longer.
 */
export const END_REASONS = ['left', 'stalled', 'drain', 'age', ...DENIED_REASONS] as const;
export type EndReason = (typeof END_REASONS)[number];
