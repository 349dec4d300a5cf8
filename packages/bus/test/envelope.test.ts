import { type LogEvent, unstorable } from '@carillon/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { decodeEnvelope, encodeEnvelopes, MAX_ENVELOPE_BYTES } from '../src/envelope.ts';
import { changesOf, messageOf, messagesOf } from './message.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('an envelope', () => {
  it('gives back any body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (body) => {
        const [text = ''] = encodeEnvelopes('lobby', [messageOf('lobby', 1, body)]);
        expect(decodeEnvelope(bytes(text), 'lobby')).toEqual({
          channel: 'lobby',
          events: [messageOf('lobby', 1, body)],
        });
      }),
      { numRuns: propertyRuns(20, 100) },
    );
  });

  it('is undefined for any bytes that are none, and never throws', () => {
    const isRefused = (payload: Uint8Array) => decodeEnvelope(payload, 'lobby') === undefined;
    fc.assert(fc.property(fc.uint8Array(), isRefused), { numRuns: propertyRuns(50, 100) });
    fc.assert(
      fc.property(fc.json(), (text) => isRefused(bytes(text))),
      { numRuns: propertyRuns(50, 100) },
    );
  });

  it('carries the trace context of those of its events that have one, and ignores fields that it does not know', () => {
    const traces = new Map([
      [1, traceparentOf(1)],
      [3, traceparentOf(3)],
      [9, traceparentOf(9)],
    ]);
    const events = messagesOf('lobby', 1, 3);
    const [text = ''] = encodeEnvelopes('lobby', events, traces);
    const newer = JSON.stringify({ ...JSON.parse(text), version: 2 });
    traces.delete(9);
    expect(decodeEnvelope(bytes(newer), 'lobby')).toEqual({ channel: 'lobby', events, traces });
  });

  it('says nothing of traces where none of its events has one', () => {
    const [text = ''] = encodeEnvelopes('lobby', [messageOf('lobby', 1)], new Map([[9, traceparentOf(9)]]));
    expect(JSON.parse(text)).toEqual({ channel: 'lobby', events: [messageOf('lobby', 1)] });
  });

  it('carries 32 traces at most, and gives out no more where somebody wrote more', () => {
    const events = messagesOf('lobby', 1, 100);
    const traces = new Map(events.map(({ seq }) => [seq, traceparentOf(seq)]));
    const [text = ''] = encodeEnvelopes('lobby', events, traces);
    expect(Object.keys(JSON.parse(text).traces)).toHaveLength(32);
    const forged = JSON.stringify({ ...JSON.parse(text), traces: Object.fromEntries(traces) });
    expect(decodeEnvelope(bytes(forged), 'lobby')?.traces?.size).toBe(32);
  });

  it('gives its events where the traces are no traces', () => {
    for (const traces of [1, 'x', ['x'], { 1: 1 }, { 1: 'x'.repeat(1_000) }]) {
      const text = JSON.stringify({ channel: 'lobby', events: [messageOf('lobby', 1)], traces });
      const read = decodeEnvelope(bytes(text), 'lobby');
      expect(read?.events).toEqual([messageOf('lobby', 1)]);
    }
  });

  it('holds the largest message alone', () => {
    const largest = messageOf('c'.repeat(64), Number.MAX_SAFE_INTEGER, '\u0001'.repeat(64 * 1024));
    expect(unstorable(largest.body)).toBeUndefined();
    const [text = '', ...rest] = encodeEnvelopes(largest.channel, [largest]);
    expect(rest).toEqual([]);
    expect(decodeEnvelope(bytes(text), largest.channel)?.events).toEqual([largest]);
  });

  it('is split by messages where they are too many for one, in order, each within the bound', () => {
    const messages = messagesOf('lobby', 1, 100, 'ü'.repeat(20_000));
    const texts = encodeEnvelopes('lobby', messages);
    expect(texts.length).toBeGreaterThan(7);
    expect(texts.length).toBeLessThan(20);
    for (const text of texts) expect(bytes(text).length).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
    expect(texts.flatMap((text) => decodeEnvelope(bytes(text), 'lobby')?.events ?? [])).toEqual(messages);
  });

  it('gives back changes among messages, each as it was', () => {
    const events = [...messagesOf('lobby', 1, 2), ...changesOf('lobby', 3, '\u2028'), messageOf('lobby', 8)];
    const [text = ''] = encodeEnvelopes('lobby', events);
    expect(decodeEnvelope(bytes(text), 'lobby')?.events).toEqual(events);
  });

  it('gives back a change of a type that only a newer Carillon knows, as it was', () => {
    const [edit] = changesOf('lobby', 1);
    const events = [{ ...edit, type: 'sparkle', glitter: [1] }, messageOf('lobby', 2)] as LogEvent[];
    const [text = ''] = encodeEnvelopes('lobby', events);
    expect(decodeEnvelope(bytes(text), 'lobby')?.events).toEqual(events);
  });

  it('is undefined where one event is not readable', () => {
    const [edit] = changesOf('lobby', 1);
    for (const event of [
      { ...edit, type: '' },
      { ...edit, type: 'sparkle', seq: 0 },
      { ...edit, body: undefined },
      { ...edit, target: 0 },
      null,
      1,
      [],
    ]) {
      const text = JSON.stringify({ channel: 'lobby', events: [event] });
      expect(decodeEnvelope(bytes(text), 'lobby')).toBeUndefined();
    }
  });

  it('is undefined over the bound', () => {
    const [text = ''] = encodeEnvelopes('lobby', [messageOf('lobby', 1, 'x'.repeat(MAX_ENVELOPE_BYTES))]);
    expect(decodeEnvelope(bytes(text), 'lobby')).toBeUndefined();
  });
});

function traceparentOf(seq: number): string {
  return `00-0af7651916cd43dd8448eb211c80319c-${seq.toString(16).padStart(16, '0')}-01`;
}
