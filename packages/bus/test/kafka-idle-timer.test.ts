import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import '../src/kafka-idle-timer.ts';

interface RequestQueue {
  pending: unknown[];
  throttleCheckTimeoutId: unknown;
  push(request: object): void;
  maybeThrottle(ms: number): void;
  checkPendingRequests(): void;
  destroy(): void;
}

const Queue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => RequestQueue;

describe('a connection of kafkajs', () => {
  let queue: RequestQueue;
  beforeEach(() => {
    vi.useFakeTimers();
    const logger = { debug() {} };
    queue = new Queue({
      maxInFlightRequests: 1,
      requestTimeout: 1_000,
      enforceRequestTimeout: false,
      logger,
    });
  });
  afterEach(() => {
    queue.destroy();
    vi.useRealTimers();
  });

  it('sets no timer while no request is held back', () => {
    queue.checkPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
    queue.maybeThrottle(50);
    queue.checkPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('sends what the broker had it hold back once that time is over', () => {
    const sendRequest = vi.fn();
    queue.maybeThrottle(50);
    queue.push({ entry: { correlationId: 1 }, expectResponse: true, sendRequest });
    vi.advanceTimersByTime(49);
    expect(sendRequest).not.toHaveBeenCalled();
    vi.advanceTimersByTime(2);
    expect(sendRequest).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
