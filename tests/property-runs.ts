/**
 * How often a property is tried: a few times for each change, often each night (`TESTS=all`). What a night finds, fast-check
 * prints with its seed.
 * @param change tries in `npm test`, quick together with all else.
 * @param night tries in `npm run test:all`.
 */
export function propertyRuns(change: number, night: number): number {
  return process.env.TESTS === 'all' ? night : change;
}
