import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ACKNOWLEDGE_WITHIN_MS,
  InFlight,
  MAX_UNACKNOWLEDGED,
  MAX_UNACKNOWLEDGED_BYTES,
} from '../src/in-flight.ts';

describe('what is under way', () => {
  const onOverdue = vi.fn();
  let inFlight: InFlight;
  beforeEach(() => {
    vi.useFakeTimers();
    onOverdue.mockReset();
    inFlight = new InFlight(onOverdue);
  });
  afterEach(() => {
    inFlight.stop();
    vi.useRealTimers();
  });

  it('has room up to a number and up to a number of bytes', () => {
    const settled = Array.from({ length: MAX_UNACKNOWLEDGED }, () => inFlight.send(1));
    expect(inFlight.hasRoomFor(1, 1)).toBe(false);
    settled[0]?.();
    settled[0]?.();
    expect(inFlight.hasRoomFor(1, 1)).toBe(true);
    expect(inFlight.hasRoomFor(2, 2)).toBe(false);
    expect(inFlight.hasRoomFor(1, MAX_UNACKNOWLEDGED_BYTES - MAX_UNACKNOWLEDGED + 1)).toBe(true);
    expect(inFlight.hasRoomFor(1, MAX_UNACKNOWLEDGED_BYTES - MAX_UNACKNOWLEDGED + 2)).toBe(false);
  });

  it('takes what is over the bounds by itself only where nothing else is under way', () => {
    expect(inFlight.hasRoomFor(MAX_UNACKNOWLEDGED + 1, MAX_UNACKNOWLEDGED_BYTES + 1)).toBe(true);
    inFlight.send(1);
    expect(inFlight.hasRoomFor(MAX_UNACKNOWLEDGED + 1, 1)).toBe(false);
  });

  it('is overdue when the oldest was not acknowledged in time', () => {
    const first = inFlight.send(1);
    vi.advanceTimersByTime(ACKNOWLEDGE_WITHIN_MS / 2);
    const second = inFlight.send(1);
    first();
    vi.advanceTimersByTime(ACKNOWLEDGE_WITHIN_MS - 1);
    expect(onOverdue).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(onOverdue).toHaveBeenCalledTimes(1);
    second();
    vi.advanceTimersByTime(ACKNOWLEDGE_WITHIN_MS * 2);
    expect(onOverdue).toHaveBeenCalledTimes(1);
  });
});
