import { examineCalls } from './calls.ts';
import { type Finding, unknown } from './finding.ts';
import { examineIdle } from './idle.ts';
import { examineLeaving } from './leaving.ts';
import { examineLength } from './length.ts';
import { examineOpening } from './opening.ts';
import { countReaders } from './presence.ts';
import { examineStickiness } from './stickiness.ts';
import type { Target } from './target.ts';
import { examineTls } from './tls.ts';
import { examineWrites } from './writes.ts';

export interface ExamineOptions {
  /**
   * Skips the check that holds a stream for two heartbeats, about 35 s, and does not wait up to 60 s for late proxies.
   */
  quick: boolean;
}

/**
 * Opens streams as a client does and yields what it finds, one finding at a time; each check relies on the earlier
 * ones. Writes nothing. Never throws: errors are findings.
 */
export async function* examine(target: Target, { quick }: ExamineOptions): AsyncGenerator<Finding> {
  if (target.origin.startsWith('https:')) yield* examineTls(target);
  const { finding, ms, proxies } = await examineCalls(target);
  yield finding;
  if (finding.status === 'fault') return;
  yield* examineWrites(target, proxies);
  const before = await countReaders(target).catch(() => undefined);
  const opening = await examineOpening(target, { callMs: ms, proxies });
  yield* opening.findings;
  if (!opening.opened) {
    for (const name of ['length', 'stickiness', 'idle', 'leaving'] as const)
      yield unknown(name, 'No event of a stream arrived.');
    return;
  }
  yield await examineLength(target, proxies);
  yield await examineStickiness(target, proxies);
  if (!quick) yield await examineIdle(target, proxies);
  yield await examineLeaving(target, { quick, before, proxies });
}
