import { readCases } from './case.ts';
import { runCase } from './run-case.ts';
import { startProcess } from './subject.ts';

/** Runs all cases against an adapter, one after the other, or those whose title contains `only`. Returns how many fail. */
export async function runSuite(
  [command, ...args]: readonly [string, ...string[]],
  { only = '', print }: { only?: string; print: (line: string) => void },
): Promise<number> {
  let subject = startProcess(command, args);
  let failed = 0;
  for (const script of readCases()) {
    if (!script.title.includes(only)) continue;
    const faults = await runCase(subject, script);
    print(`${faults.length === 0 ? 'passes' : 'FAILS '}  ${script.title}`);
    for (const fault of faults) print(`        ${fault}`);
    if (faults.length === 0) continue;
    failed++;
    // What it still says, if it is still there, would be taken for the next case's.
    await subject.close();
    subject = startProcess(command, args);
  }
  await subject.close();
  print(failed === 0 ? 'It conforms.' : `${failed} cases fail.`);
  return failed;
}
