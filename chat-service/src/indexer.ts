import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import type { ChatMetrics } from './metrics.ts';
import { repeat, type Turn } from './repeat.ts';

/** How often it is looked whether there is something to index: a message is found about a second after it was posted. */
const INDEX_INTERVAL_MS = 1_000;

/** Of a long catch-up this much is rest, for each ms of work: two thirds of the machine are left to posts and readers. */
const REST_PER_WORK = 2;

/** A turn that took long waited for something. */
const MAX_REST_MS = 1_000;

/** Posts are being committed for more than this share of the time: they come first, and the index falls behind. */
const PRESSED_SHARE = 0.3;

/**
 * While it is pressed: a twentieth of the machine, in turns of some milliseconds, which is some 400 messages a second. A
 * message costs the index about as much as its post.
 */
const EVENTS_WHILE_PRESSED = 64;
const REST_PER_WORK_WHILE_PRESSED = 20;

/**
 * Keeps the full-text index at the heads of the channels. Each node of the chat service runs it: they take different channels, and
 * what one was at when it died is the next one's.
 */
export function startIndexer(parts: {
  history: Pick<History, 'search'>;
  metrics: Pick<ChatMetrics, 'indexed' | 'indexBacklog' | 'indexSeconds'>;
  /** For how long posts have been committed in all, ms. */
  committingMs: () => number;
  log: Log;
}): { close(): Promise<void> } {
  const { history, metrics, committingMs, log } = parts;
  let last = { at: performance.now(), committing: committingMs() };
  const isPressed = () => {
    const now = { at: performance.now(), committing: committingMs() };
    const share = (now.committing - last.committing) / (now.at - last.at);
    last = now;
    return share > PRESSED_SHARE;
  };
  const turn = async (): Promise<Turn> => {
    const pressed = isPressed();
    const start = performance.now();
    const { messages, behind, more } = await history.search.index(pressed ? EVENTS_WHILE_PRESSED : undefined);
    const took = performance.now() - start;
    metrics.indexBacklog.value = behind;
    metrics.indexed.inc(messages);
    if (messages > 0) metrics.indexSeconds.observe(took / 1_000);
    if (!more) return 'rest';
    const rest = took * (pressed ? REST_PER_WORK_WHILE_PRESSED : REST_PER_WORK);
    await sleep(Math.min(rest, MAX_REST_MS), undefined, { ref: false });
    return 'more';
  };
  return repeat(turn, { name: 'search index', intervalMs: INDEX_INTERVAL_MS, log });
}
