import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCases } from './case.ts';
import { createAdapter } from './client-adapter.ts';
import { runCase } from './run-case.ts';
import { runSideBySide } from './side-by-side.ts';
import { startHere, startProcess } from './subject.ts';

/** Those of a lane wait for each other, a minute each at most. */
const WITHIN_MS = 300_000;

/** A case mostly waits; more of them at once would hold each other up. */
const LANES = 12;

describe('@carillon/client in Node', () => {
  const cases = readCases();
  let ends: ReturnType<typeof runSideBySide>;
  beforeAll(() => {
    ends = runSideBySide(cases, () => startHere(createAdapter), LANES);
  });

  it.each(cases)('$title', { timeout: WITHIN_MS }, async (script) => {
    expect(await ends.get(script)).toEqual([]);
  });
});

describe('the adapter of @carillon/client as a process', () => {
  const ONLY = /event that is cut in its middle|answer was lost|denied banned/;
  const cases = readCases().filter(({ title }) => ONLY.test(title));

  it('takes commands and writes lines', { timeout: WITHIN_MS }, async () => {
    expect(cases.length).toBe(3);
    // The client as it was built: `npm test` builds before it runs.
    const adapter = fileURLToPath(new URL('carillon-client.ts', import.meta.url));
    const subject = startProcess(process.execPath, ['--import', 'tsx', adapter]);
    try {
      for (const script of cases) expect(await runCase(subject, script)).toEqual([]);
    } finally {
      await subject.close();
    }
    expect(subject.ended).toBe('it ended with 0');
  });
});
