import { z } from 'zod';

/** What a channel may be called: it stands in URLs, topics and file names as it is (design, HTTP contract). */
export const CHANNEL_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** More channels than a person follows at once; the cursor of this many stays under {@link MAX_CURSOR_LENGTH}. */
export const MAX_CHANNELS_PER_STREAM = 100;

/** A stream hears of the server this often unless it asks for less, s: below the 30 s or 60 s after which proxies cut what is silent. */
export const HEARTBEAT_SECONDS = 15;

/** The shortest time between heartbeats a stream may ask for, s: some clients give up after 5 s of silence. */
export const MIN_HEARTBEAT_SECONDS = 1;

export const channelName = z
  .string()
  .regex(CHANNEL_PATTERN, 'must be 1 to 64 of a-z, 0-9, "-" and "_", and start with a letter or a digit');
