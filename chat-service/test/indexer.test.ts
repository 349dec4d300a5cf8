import { setTimeout as sleep } from 'node:timers/promises';
import type { Indexed } from '@carillon/history';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterEach, describe, expect, it } from 'vitest';
import { startIndexer } from '../src/indexer.ts';
import { createChatMetrics } from '../src/metrics.ts';

/** A turn of the index, ms. */
const TURN_MS = 5;

/** Clocks and timers are apart by some of these, ms: a rest that is none lasts as long as a turn. */
const CLOCKS_APART_MS = 20;

describe('the indexer', () => {
  const turns: { at: number; events: number | undefined }[] = [];
  let indexer: { close(): Promise<void> } | undefined;

  /** `share`: of the time that posts are being committed. */
  function start(share: number): void {
    const since = performance.now();
    const search = {
      async index(events?: number): Promise<Indexed> {
        turns.push({ at: performance.now(), events });
        await sleep(TURN_MS);
        return { messages: 1, behind: 1_000, more: true };
      },
    };
    indexer = startIndexer({
      history: { search: search as never },
      metrics: createChatMetrics(new Registry()),
      committingMs: () => (performance.now() - since) * share,
      log: pino({ level: 'silent' }),
    });
  }
  afterEach(async () => {
    await indexer?.close();
    turns.length = 0;
  });

  it('works through a backlog in whole turns while few posts come', async () => {
    start(0.1);
    await expect.poll(() => turns.length, { timeout: 20_000 }).toBeGreaterThan(5);
    expect(turns.slice(1).every(({ events }) => events === undefined)).toBe(true);
  });

  it('lets posts go first while they keep the store busy: smaller turns, and twenty times as long a rest', async () => {
    start(0.9);
    await expect.poll(() => turns.length, { timeout: 20_000 }).toBeGreaterThan(3);
    const later = turns.slice(1);
    expect(later.every(({ events }) => events !== undefined && events < 100)).toBe(true);
    const rests = later.slice(1).map(({ at }, index) => at - (later[index]?.at ?? 0));
    expect(Math.min(...rests)).toBeGreaterThan(TURN_MS * 20 - CLOCKS_APART_MS);
  });
});
