import type { ConformanceCase } from './case.ts';
import { runCase } from './run-case.ts';
import type { Subject } from './subject.ts';

/** Runs cases side by side, those of a lane one after the other on a subject of its own. Gives by case what is wrong. */
export function runSideBySide(
  cases: readonly ConformanceCase[],
  start: () => Subject,
  lanes: number,
): ReadonlyMap<ConformanceCase, Promise<string[]>> {
  const ends = new Map<ConformanceCase, Promise<string[]>>();
  for (let lane = 0; lane < lanes; lane++) {
    const subject = start();
    let last = Promise.resolve<string[]>([]);
    for (const script of cases.filter((_, index) => index % lanes === lane)) {
      const run = () => runCase(subject, script);
      last = last.then(run, run);
      // Whatever awaits this promise later still gets the rejection.
      last.catch(() => {});
      ends.set(script, last);
    }
  }
  return ends;
}
