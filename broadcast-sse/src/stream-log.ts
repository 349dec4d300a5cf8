import type { Log } from '@carillon/runtime';
import type { EndReason } from './end-reason.ts';
import { cursorOf } from './send.ts';
import type { Stream } from './stream.ts';

/** A cursor of a hundred channels is up to 2 KiB; its beginning tells how far the stream came in the first channels. */
const MAX_CURSOR_CHARACTERS = 128;

/** Returns a function that logs a line (level `info`) for each stream when it has ended; undefined if that level is off. */
export function logStreams(log: Log): ((stream: Stream, reason: EndReason) => void) | undefined {
  if (!log.isLevelEnabled('info')) return undefined;
  return (stream, reason) => {
    const { httpRequest, opened, subscribers, seqsBefore, lagMost } = stream;
    const seqs = subscribers.reduce((sum, { seq }) => sum + seq, 0);
    // A reader that takes nothing is further behind by now, and no round has visited it.
    const lag = subscribers.reduce((most, { seq, channel }) => Math.max(most, channel.head - seq), lagMost);
    log.info(
      {
        request_id: httpRequest?.id,
        trace_id: httpRequest?.traceId,
        opened: new Date(opened).toISOString(),
        ms: Date.now() - opened,
        channels: subscribers.length,
        cursor: cursorOf(stream).slice(0, MAX_CURSOR_CHARACTERS),
        delivered: seqs - seqsBefore,
        lag,
        reason,
      },
      'stream',
    );
  };
}
