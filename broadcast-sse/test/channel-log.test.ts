import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../tests/property-runs.ts';
import { ChannelLog, LogMemory } from '../src/channel-log.ts';

/** All bytes after `seq`, slice by slice, as a reader takes them. */
function readAll(log: ChannelLog, seq: number): string {
  let text = '';
  for (let at = seq, slice = log.after(at); slice !== undefined; slice = log.after(at)) {
    expect(slice.from).toBe(at + 1);
    text += slice.bytes.toString();
    at = slice.to;
  }
  return text;
}

describe('a channel log', () => {
  it('gives the bytes from any cursor to the head, whatever the frames', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1, maxLength: 3_000 })), (frames) => {
        const log = new ChannelLog(10, new LogMemory());
        for (const frame of frames) log.append(frame);
        expect(log.head).toBe(10 + frames.length);
        for (let seq = 10; seq <= log.head; seq++) {
          expect(readAll(log, seq)).toBe(Buffer.from(frames.slice(seq - 10).join('')).toString());
        }
      }),
      { numRuns: propertyRuns(30, 100) },
    );
  });

  it('gives readers at the same cursor the same bytes', () => {
    const log = new ChannelLog(0, new LogMemory());
    for (const frame of ['a', 'b', 'c']) log.append(frame);
    expect(log.after(1)).toBe(log.after(1));
    expect(log.after(1)?.bytes.buffer).toBe(log.after(2)?.bytes.buffer);
  });

  it('does not change bytes that were handed out while it grows', () => {
    const log = new ChannelLog(0, new LogMemory());
    log.append('first');
    const slice = log.after(0);
    for (let events = 0; events < 1_000; events++) log.append(`event ${events}`);
    expect(slice?.bytes.toString()).toBe('first');
    expect(slice?.to).toBe(1);
  });

  it('drops its oldest events at its limit, and does not skip them silently', () => {
    const log = new ChannelLog(0, new LogMemory(), 64 * 1024);
    for (let events = 0; events < 1_000; events++) log.append('x'.repeat(1_000));
    expect(log.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(log.after(0)).toBeUndefined();
    expect(readAll(log, 990)).toBe('x'.repeat(10_000));
  });

  it('takes a frame larger than its limit', () => {
    const log = new ChannelLog(0, new LogMemory(), 8 * 1024);
    log.append('y'.repeat(100_000));
    expect(readAll(log, 0)).toBe('y'.repeat(100_000));
  });

  it('of a quiet channel is small', () => {
    const log = new ChannelLog(0, new LogMemory());
    log.append('x'.repeat(250));
    expect(log.bytes).toBeLessThanOrEqual(1024);
  });
});

describe('the logs of a node', () => {
  it('together stay under their limit: the oldest events go first', () => {
    const memory = new LogMemory(64 * 1024);
    const logs = Array.from({ length: 100 }, () => new ChannelLog(0, memory));
    for (const log of logs) log.append('x'.repeat(1_000));
    expect(memory.bytes).toBeLessThanOrEqual(64 * 1024);
    expect(logs[0]?.after(0)).toBeUndefined();
    expect(readAll(logs[99] as ChannelLog, 0)).toBe('x'.repeat(1_000));
    for (const log of logs) log.clear();
    expect(memory.bytes).toBe(0);
  });
});
