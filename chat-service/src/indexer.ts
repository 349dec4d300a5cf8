import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import type { ChatMetrics } from './metrics.ts';
import { repeat, type Turn } from './repeat.ts';

/** How often the indexer checks for new messages, ms: you can find a message about a second after it was posted. */
const INDEX_INTERVAL_MS = 1_000;

/** How long the indexer rests during a long catch-up, per ms of work: two thirds of the machine stay free for posts and readers. */
const REST_PER_WORK = 2;

/** The longest rest, ms: a turn that took longer was itself waiting for something. */
const MAX_REST_MS = 1_000;

/** If commits take more than this share of the time, posts have priority and the index falls behind. */
const PRESSED_SHARE = 0.3;

/**
 * Under that load the indexer takes small batches and rests longer: a twentieth of the machine, in turns of some milliseconds, about
 * 400 messages a second. Indexing a message costs about as much as posting it.
 */
const EVENTS_WHILE_PRESSED = 64;
const REST_PER_WORK_WHILE_PRESSED = 20;

/**
 * Keeps the full-text index up to date with the heads of the channels, until closed. Each node of the chat service runs one: they
 * take different channels, and if a node dies, another continues its channels.
 */
export function startIndexer(parts: {
  history: Pick<History, 'search'>;
  metrics: Pick<ChatMetrics, 'indexed' | 'indexBacklog' | 'indexSeconds'>;
  /** Returns the total time of commits so far, ms. */
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
