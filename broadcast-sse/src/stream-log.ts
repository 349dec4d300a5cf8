import type { Log } from '@carillon/runtime';
import { cursorOf } from './send.ts';
import type { EndReason, Stream } from './subscriber.ts';

/** A cursor of a hundred channels is up to 2 KiB; its beginning tells where the stream stood in the first ones. */
const MAX_CURSOR_CHARACTERS = 128;

/** Writes one line for each stream's life when it has ended. Undefined where nobody would read it. */
export function logStreams(log: Log): ((stream: Stream, reason: EndReason) => void) | undefined {
  if (!log.isLevelEnabled('info')) return undefined;
  return (stream, reason) => {
    const { request, opened, subscribers, seqsBefore, lagMost } = stream;
    const seqs = subscribers.reduce((sum, { seq }) => sum + seq, 0);
    // Who takes nothing any more is behind by what came since, and nobody has visited it.
    const lag = subscribers.reduce((most, { seq, channel }) => Math.max(most, channel.head - seq), lagMost);
    log.info(
      {
        request_id: request?.id,
        trace_id: request?.traceId,
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
