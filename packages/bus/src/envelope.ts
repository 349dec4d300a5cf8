/**
 * What goes over a broker: events of one channel, as JSON in UTF-8. It is what a person sees in `mosquitto_sub`,
 * and it is parsed as input from outside, since whoever may publish on the broker can write it.
 */
import { isUtf8 } from 'node:buffer';
import { channelName, type LogEvent, readLogEvent } from '@carillon/protocol';
import { z } from 'zod';
import type { Traces } from './bus.ts';

/** One JSON envelope's bytes. The largest message fits alone: 64 KiB of body, each byte of it escaped to six. */
export const MAX_ENVELOPE_BYTES = 512 * 1024;

/** Of a larger envelope the first ones are followed: 2 KiB at most, whatever is sampled. */
const MAX_TRACES = 32;

/** As version 00 of W3C Trace Context has it. */
const MAX_TRACEPARENT_LENGTH = 55;

const envelope = z.object({
  channel: channelName,
  events: z.array(z.unknown()).min(1),
  /**
   * W3C trace context of those events that are traced, by seq: MQTT 3.1.1 has no headers to carry it. What is wrong with
   * it costs the trace, never the events.
   */
  traces: z.record(z.string(), z.string().max(MAX_TRACEPARENT_LENGTH)).optional().catch(undefined),
});

/** What was read of an envelope. */
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

/** Writes events as JSON: one envelope where they fit in {@link MAX_ENVELOPE_BYTES}, else several in order. */
export function encodeEnvelopes(channel: string, events: readonly LogEvent[], traces?: Traces): string[] {
  return envelopesOf(channel, events, traces).map(({ text }) => text);
}

/** As {@link encodeEnvelopes}, each with what is in it. */
export function envelopesOf(channel: string, events: readonly LogEvent[], traces?: Traces): Encoded[] {
  if (events.length === 0) return [];
  const text = JSON.stringify({ channel, events, traces: traces && tracesOf(events, traces) });
  if (events.length === 1 || Buffer.byteLength(text) <= MAX_ENVELOPE_BYTES) return [{ text, events }];
  return halvesOf(events).flatMap((half) => envelopesOf(channel, half, traces));
}

/** Events in two parts, in order; none where there is but one. */
export function halvesOf(events: readonly LogEvent[]): (readonly LogEvent[])[] {
  const middle = events.length >> 1;
  return middle === 0 ? [] : [events.slice(0, middle), events.slice(middle)];
}

function tracesOf(events: readonly LogEvent[], traces: Traces): Record<string, string> | undefined {
  const traced = events.filter(({ seq }) => traces.has(seq)).slice(0, MAX_TRACES);
  if (traced.length === 0) return undefined;
  return Object.fromEntries(traced.map(({ seq }) => [seq, traces.get(seq) ?? '']));
}

/** Reads an envelope of `channel`; undefined where it is too large, not one of ours, or about another channel. Never throws. */
export function decodeEnvelope(payload: Uint8Array, channel: string): Envelope | undefined {
  if (payload.length > MAX_ENVELOPE_BYTES || !isUtf8(payload)) return undefined;
  const parsed = envelope.safeParse(parseJson(payload));
  if (!parsed.success || parsed.data.channel !== channel) return undefined;
  const events = parsed.data.events.map(readLogEvent);
  if (!isOneRun(channel, events)) return undefined;
  const { traces } = parsed.data;
  return traces === undefined ? { channel, events } : { channel, events, traces: readTraces(events, traces) };
}

/** Of the events that came, and of no others. */
function readTraces(events: readonly LogEvent[], told: Record<string, string>): Traces {
  const traces = new Map<number, string>();
  for (const { seq } of events) {
    const traceparent = told[seq];
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

/** All readable, of the channel, and in order of seq, as receivers are promised. */
function isOneRun(channel: string, events: readonly (LogEvent | undefined)[]): events is LogEvent[] {
  let last = 0;
  for (const each of events) {
    if (each === undefined || each.channel !== channel || each.seq <= last) return false;
    last = each.seq;
  }
  return true;
}
