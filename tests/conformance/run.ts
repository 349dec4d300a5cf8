/**
 * Holds an SDK against all cases, or those whose title contains a text:
 *
 *   npm run conformance -- [--only TEXT] COMMAND [ARGUMENT…]
 */
import { readCases } from './case.ts';
import { runCase } from './run-case.ts';
import { startProcess } from './subject.ts';

const USAGE = 64;

const args = process.argv.slice(2);
const only = args[0] === '--only' ? args.splice(0, 2)[1] : '';
const [command, ...rest] = args;
if (command === undefined) {
  console.error('Say how to start the adapter of your SDK, such as: python3 adapter.py');
  process.exit(USAGE);
}
let subject = startProcess(command, rest);
let failed = 0;
for (const script of readCases()) {
  if (!script.title.includes(only ?? '')) continue;
  const faults = await runCase(subject, script);
  console.log(`${faults.length === 0 ? 'passes' : 'FAILS '}  ${script.title}`);
  for (const fault of faults) console.log(`        ${fault}`);
  if (faults.length === 0) continue;
  failed++;
  // What it still says, if it is still there, would be taken for the next case's.
  await subject.close();
  subject = startProcess(command, rest);
}
await subject.close();
console.log(failed === 0 ? 'It conforms.' : `${failed} cases fail.`);
process.exitCode = failed === 0 ? 0 : 1;
