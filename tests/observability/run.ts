/**
 * Load on two nodes of each service, watched by a real Prometheus: do the dashboards' numbers agree with what the clients counted?
 * Prints both, and exits with 1 where they are over 1 % apart.
 *
 *   npm run observe            ten minutes
 *   npm run observe -- 2       two
 */
import { agreement, apart } from './agreement.ts';
import { startObservedStack } from './observed-stack.ts';

const MINUTES = Number(process.argv[2] ?? 10);
const MAX_APART = 0.01;

const stack = await startObservedStack({ timeScale: 1 });
try {
  const found = await agreement(stack, MINUTES * 60_000);
  console.log(`${MINUTES} min, two nodes of each service\n`);
  console.log('| panel | clients counted | counter grew by | dashboard shows |\n| --- | --: | --: | --: |');
  for (const { panel, counted, grown, shown } of found)
    console.log(`| ${panel} | ${counted} | ${beside(grown, counted)} | ${beside(shown, counted)} |`);
  const all = found.flatMap(({ counted, grown, shown }) => [apart(grown, counted), apart(shown, counted)]);
  process.exitCode = all.every((each) => each <= MAX_APART) ? 0 : 1;
} finally {
  await stack.stop();
}

function beside(number: number, counted: number): string {
  return `${number.toFixed(0)} (${(apart(number, counted) * 100).toFixed(2)} %)`;
}
