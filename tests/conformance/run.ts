/**
 * Runs all cases against an SDK, or those whose title contains a text:
 *
 *   npm run conformance -- [--only TEXT] COMMAND [ARGUMENT…]
 */
import { runSuite } from './run-suite.ts';

const USAGE = 64;

const args = process.argv.slice(2);
const only = args[0] === '--only' ? (args.splice(0, 2)[1] ?? '') : '';
const [command, ...rest] = args;
if (command === undefined) {
  console.error('Say how to start the adapter of your SDK, such as: python3 adapter.py');
  process.exit(USAGE);
}
const failed = await runSuite([command, ...rest], { only, print: console.log });
process.exitCode = failed === 0 ? 0 : 1;
