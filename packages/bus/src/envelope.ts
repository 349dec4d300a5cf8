/**
 * What goes over a broker: events of one channel, as JSON in UTF-8. It is what a person sees in `mosquitto_sub`,
 * and it is parsed as input from outside, since whoever may publish on the broker can write it.
 */
import { isUtf8 } from 'node:buffer';
import { changeEvent, channelName, type LogEvent, message } from '@carillon/protocol';
import { z } from 'zod';

/** One JSON envelope's bytes. The largest message fits alone: 64 KiB of body, each byte of it escaped to six. */
export const MAX_ENVELOPE_BYTES = 512 * 1024;

const envelope = z.object({
  channel: channelName,
  events: z.array(z.unknown()).min(1),
  /** W3C trace context of the post: MQTT 3.1.1 has no headers to carry it. */
  traceparent: z.string().max(64).optional(),
});
export type Envelope = z.infer<typeof envelope> & { events: LogEvent[] };

/** Writes events as JSON: one envelope where they fit in {@link MAX_ENVELOPE_BYTES}, else several in order. */
export function encodeEnvelopes(
  channel: string,
  events: readonly LogEvent[],
  traceparent?: string,
): string[] {
  if (events.length === 0) return [];
  const whole = JSON.stringify({ channel, events, traceparent });
  if (events.length === 1 || Buffer.byteLength(whole) <= MAX_ENVELOPE_BYTES) return [whole];
  const middle = events.length >> 1;
  return [
    ...encodeEnvelopes(channel, events.slice(0, middle), traceparent),
    ...encodeEnvelopes(channel, events.slice(middle), traceparent),
  ];
}

/** Reads an envelope of `channel`; undefined where it is too large, not one of ours, or about another channel. Never throws. */
export function decodeEnvelope(payload: Uint8Array, channel: string): Envelope | undefined {
  if (payload.length > MAX_ENVELOPE_BYTES || !isUtf8(payload)) return undefined;
  const parsed = envelope.safeParse(parseJson(payload));
  if (!parsed.success || parsed.data.channel !== channel) return undefined;
  const events = parsed.data.events.map(readEvent);
  return isOneRun(channel, events) ? { ...parsed.data, events } : undefined;
}

/** By what it says it is, so that a message is parsed once, and a change never passes for one. */
function readEvent(value: unknown): LogEvent | undefined {
  const isChange = typeof value === 'object' && value !== null && 'type' in value;
  return (isChange ? changeEvent : message).safeParse(value).data;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** All readable, of the channel, and in order of seq, as receivers are promised. */
function isOneRun(channel: string, events: readonly (LogEvent | undefined)[]): events is LogEvent[] {
  let last = 0;
  for (const each of events) {
    if (each === undefined || each.channel !== channel || each.seq <= last) return false;
    last = each.seq;
  }
  return true;
}
