import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/**
 * Closes a run of vitest with one line, `N passed, N failed`, and appends it to the file that `TALLY` names, so that a run of
 * several parts can add up. A file that cannot be loaded, a group whose hooks fail, and an error that no test caught, count as a
 * failure each.
 */
export class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = (state: 'passed' | 'failed') =>
      modules.reduce((sum, { children }) => sum + [...children.allTests(state)].length, 0);
    const unloaded = modules.filter((module) => module.errors().length > 0).length;
    const groups = modules.flatMap(({ children }) => [...children.allSuites()]);
    const unready = groups.filter((group) => group.errors().length > 0).length;
    const failed = count('failed') + unloaded + unready + errors.length;
    const line = `${count('passed')} passed, ${failed} failed`;
    console.log(`\n${line}`);
    if (process.env.TALLY) appendFileSync(process.env.TALLY, `${line}\n`);
  }
}
