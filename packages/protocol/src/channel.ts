import { z } from 'zod';

/** The form of a channel name: it is used unescaped in URLs, topics and file names (docs/protocol.md). */
export const CHANNEL_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** More channels than a person follows at once; a cursor over this many stays under {@link MAX_CURSOR_LENGTH}. */
export const MAX_CHANNELS_PER_STREAM = 100;

/** Default heartbeat interval, s: below the 30 s or 60 s after which proxies cut silent connections. */
export const HEARTBEAT_SECONDS = 15;

/** The shortest heartbeat interval that a stream may request, s: some clients give up after 5 s of silence. */
export const MIN_HEARTBEAT_SECONDS = 1;

export const channelName = z
  .string()
  .regex(CHANNEL_PATTERN, 'must be 1 to 64 of a-z, 0-9, "-" and "_", and start with a letter or a digit');
