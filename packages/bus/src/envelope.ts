/**
 * What goes over a broker: messages of one channel, as JSON in UTF-8. It is what a person sees in `mosquitto_sub`,
 * and it is parsed as input from outside, since whoever may publish on the broker can write it.
 */
import { isUtf8 } from 'node:buffer';
import { channelName, type Message, message } from '@carillon/protocol';
import { z } from 'zod';

/** One JSON envelope's bytes. The largest message fits alone: 64 KiB of body, each byte of it escaped to six. */
export const MAX_ENVELOPE_BYTES = 512 * 1024;

const envelope = z.object({
  channel: channelName,
  messages: z.array(message).min(1),
  /** W3C trace context of the post: MQTT 3.1.1 has no headers to carry it. */
  traceparent: z.string().max(64).optional(),
});
export type Envelope = z.infer<typeof envelope>;

/** Writes messages as JSON: one envelope where they fit in {@link MAX_ENVELOPE_BYTES}, else several in order. */
export function encodeEnvelopes(
  channel: string,
  messages: readonly Message[],
  traceparent?: string,
): string[] {
  if (messages.length === 0) return [];
  const whole = JSON.stringify({ channel, messages, traceparent });
  if (messages.length === 1 || Buffer.byteLength(whole) <= MAX_ENVELOPE_BYTES) return [whole];
  const middle = messages.length >> 1;
  return [
    ...encodeEnvelopes(channel, messages.slice(0, middle), traceparent),
    ...encodeEnvelopes(channel, messages.slice(middle), traceparent),
  ];
}

/** Reads an envelope of `channel`; undefined where it is too large, not one of ours, or about another channel. Never throws. */
export function decodeEnvelope(payload: Uint8Array, channel: string): Envelope | undefined {
  if (payload.length > MAX_ENVELOPE_BYTES || !isUtf8(payload)) return undefined;
  const parsed = envelope.safeParse(parseJson(payload));
  if (!parsed.success || parsed.data.channel !== channel) return undefined;
  return isOneRun(channel, parsed.data.messages) ? parsed.data : undefined;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** All of the channel, and in order of seq, as receivers are promised. */
function isOneRun(channel: string, messages: readonly Message[]): boolean {
  let last = 0;
  for (const each of messages) {
    if (each.channel !== channel || each.seq <= last) return false;
    last = each.seq;
  }
  return true;
}
