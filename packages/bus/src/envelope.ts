/**
 * The payload on a broker: events of one channel, as JSON in UTF-8. It is what you see in `mosquitto_sub`. It is parsed
 * as untrusted input, because every publisher on the broker can write it.
 */
import { isUtf8 } from 'node:buffer';
import { channelName, type LogEvent, readLogEvent } from '@carillon/protocol';
import { z } from 'zod';
import type { Traces } from './bus.ts';

/** Limit of one JSON envelope, bytes. The largest message fits alone: 64 KiB of body, each byte escaped to six. */
export const MAX_ENVELOPE_BYTES = 512 * 1024;

/** Only the first traces of an envelope are carried: 2 KiB at most, whatever the sampling rate. */
const MAX_TRACES = 32;

/** The length of version 00 of W3C Trace Context. */
const MAX_TRACEPARENT_LENGTH = 55;

const envelope = z.object({
  channel: channelName,
  events: z.array(z.unknown()).min(1),
  /**
   * W3C trace context of the traced events, by seq: MQTT 3.1.1 has no headers to carry it. An error in it loses the
   * trace, never the events.
   */
  traces: z.record(z.string(), z.string().max(MAX_TRACEPARENT_LENGTH)).optional().catch(undefined),
});

/** The content of an envelope. */
export interface Envelope {
  channel: string;
  events: LogEvent[];
  traces?: Traces;
}

/** Events, and the JSON of an envelope with them. */
export interface Encoded {
  text: string;
  events: readonly LogEvent[];
}

/** Encodes events as JSON: one envelope if they fit in {@link MAX_ENVELOPE_BYTES}, else several in order. */
export function encodeEnvelopes(channel: string, events: readonly LogEvent[], traces?: Traces): string[] {
  return envelopesOf(channel, events, traces).map(({ text }) => text);
}

/** As {@link encodeEnvelopes}, each with its events. */
export function envelopesOf(channel: string, events: readonly LogEvent[], traces?: Traces): Encoded[] {
  if (events.length === 0) return [];
  const text = JSON.stringify({ channel, events, traces: traces && tracesOf(events, traces) });
  if (events.length === 1 || Buffer.byteLength(text) <= MAX_ENVELOPE_BYTES) return [{ text, events }];
  return halvesOf(events).flatMap((half) => envelopesOf(channel, half, traces));
}

/** Splits events into two parts, in order; empty if there is only one event. */
export function halvesOf(events: readonly LogEvent[]): (readonly LogEvent[])[] {
  const middle = events.length >> 1;
  return middle === 0 ? [] : [events.slice(0, middle), events.slice(middle)];
}

function tracesOf(events: readonly LogEvent[], traces: Traces): Record<string, string> | undefined {
  const traced = events.filter(({ seq }) => traces.has(seq)).slice(0, MAX_TRACES);
  if (traced.length === 0) return undefined;
  return Object.fromEntries(traced.map(({ seq }) => [seq, traces.get(seq) ?? '']));
}

/** Decodes an envelope of `channel`; undefined if it is too large, invalid, or about another channel. Never throws. */
export function decodeEnvelope(payload: Uint8Array, channel: string): Envelope | undefined {
  if (payload.length > MAX_ENVELOPE_BYTES || !isUtf8(payload)) return undefined;
  const parsed = envelope.safeParse(parseJson(payload));
  if (!parsed.success || parsed.data.channel !== channel) return undefined;
  const events = parsed.data.events.map(readLogEvent);
  if (!isOneRun(channel, events)) return undefined;
  const { traces } = parsed.data;
  return traces === undefined ? { channel, events } : { channel, events, traces: readTraces(events, traces) };
}

/** The traces of the events that arrived, and of no others. */
function readTraces(events: readonly LogEvent[], traceparents: Record<string, string>): Traces {
  const traces = new Map<number, string>();
  for (const { seq } of events) {
    const traceparent = traceparents[seq];
    if (traceparent !== undefined && traces.size < MAX_TRACES) traces.set(seq, traceparent);
  }
  return traces;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** All readable, of the channel, and in order of seq, as receivers expect. */
function isOneRun(channel: string, events: readonly (LogEvent | undefined)[]): events is LogEvent[] {
  let last = 0;
  for (const each of events) {
    if (each === undefined || each.channel !== channel || each.seq <= last) return false;
    last = each.seq;
  }
  return true;
}
