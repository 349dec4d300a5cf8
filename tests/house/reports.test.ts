import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = '.ci/reports.mjs';

type Outcome = 'passed' | 'failed';

/** What closes `.ci/run`: the reports of vitest, a first run and a second of what failed in it. */
describe('the reports of a run', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-reports-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Has a run told of one suite, by the outcome of each of its tests. */
  function report(run: string, suite: string, tests: Record<string, Outcome>, status?: Outcome): void {
    const failed = Object.values(tests).includes('failed');
    const results = {
      testResults: [
        {
          name: join(process.cwd(), suite),
          status: status ?? (failed ? 'failed' : 'passed'),
          message: 'cannot be loaded',
          assertionResults: Object.entries(tests).map(([fullName, outcome]) => ({
            fullName,
            status: outcome,
            failureMessages: outcome === 'failed' ? ['expected 1 to be 2'] : [],
          })),
        },
      ],
    };
    writeFileSync(join(folder, `${run}.json`), JSON.stringify(results));
  }
  function ask(what: string, path: string) {
    const { stdout, status } = spawnSync(process.execPath, [SCRIPT, what, path], { encoding: 'utf8' });
    return { said: stdout.trim(), status };
  }
  const tally = () => ask('tally', folder);
  const settled = () => ask('settled', join(folder, 'here.json')).status === 0;

  it('name each test that failed, and why, and fail', () => {
    report('here', 'a.test.ts', { one: 'passed', two: 'failed' });
    const { said, status } = tally();
    expect(said).toContain('failed: a.test.ts > two\nexpected 1 to be 2');
    expect(said).toMatch(/^1 passed, 1 failed$/m);
    expect(status).toBe(1);
  });

  it('name a test that passes when tried again, and pass', () => {
    report('here', 'a.test.ts', { one: 'passed', two: 'failed' });
    report('here-again', 'a.test.ts', { one: 'passed', two: 'passed' });
    expect(tally()).toEqual({
      said: expect.stringMatching(/passed when tried again: a\.test\.ts > two[\s\S]*\n2 passed, 0 failed$/),
      status: 0,
    });
  });

  it('count a test that fails only the second time as passed, name it, and settle the run', () => {
    report('here', 'a.test.ts', { one: 'passed', two: 'failed' });
    report('here-again', 'a.test.ts', { one: 'failed', two: 'passed' });
    expect(settled()).toBe(true);
    expect(tally()).toEqual({
      said: expect.stringMatching(
        /failed when its suite was tried again: a\.test\.ts > one[\s\S]*\n2 passed, 0 failed$/,
      ),
      status: 0,
    });
  });

  it('settle nothing where a test failed twice', () => {
    report('here', 'a.test.ts', { two: 'failed' });
    report('here-again', 'a.test.ts', { two: 'failed' });
    expect(settled()).toBe(false);
    expect(tally().status).toBe(1);
  });

  it('settle nothing where the second run failed without a test that did', () => {
    report('here', 'a.test.ts', { two: 'failed' });
    report('here-again', 'a.test.ts', { two: 'passed' });
    expect(settled()).toBe(false);
  });

  it('settle nothing where the second run did not report', () => {
    report('here', 'a.test.ts', { two: 'failed' });
    expect(settled()).toBe(false);
  });

  it('count a suite that cannot be loaded as a failure, until it is loaded', () => {
    report('here', 'a.test.ts', {}, 'failed');
    report('other', 'b.test.ts', { one: 'passed' });
    expect(tally().said).toMatch(/^failed: a\.test\.ts\ncannot be loaded[\s\S]*\n1 passed, 1 failed$/);
    report('here-again', 'a.test.ts', { one: 'passed' });
    expect(tally().status).toBe(0);
  });

  it('have each suite that failed run once more, but never one of faults', () => {
    report('here', 'a.test.ts', { two: 'failed' });
    expect(ask('failed', join(folder, 'here.json')).said).toBe('a.test.ts');
    report('here', 'tests/faults/loss.test.ts', { two: 'failed' });
    expect(ask('failed', join(folder, 'here.json')).said).toBe('');
  });
});
