// Reads the reports of vitest that `.ci/run` had written, one file a run, named after it: here.json, here-again.json.
//
//   node .ci/reports.mjs failed FILE     the suites of FILE that may run once more, a line each
//   node .ci/reports.mjs tally FOLDER    what failed and why, then the closing line `N passed, N failed`
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** More than that is no accident of a crowded machine. */
const MAX_AGAIN = 5;
/** What shows once in ten runs that a message is lost has found a loss: there is no second try. */
const NEVER_AGAIN = 'tests/faults/';
/** Of a failure, lines: what was expected, and where. */
const MAX_LINES = 12;

const [what, path] = process.argv.slice(2);
if (what === 'failed') printFailed(path);
else tally(path);

function printFailed(file) {
  const suites = new Set(
    testsOf(file)
      .filter((test) => !test.passed)
      .map((test) => test.suite),
  );
  if (suites.size > MAX_AGAIN || [...suites].some((suite) => suite.startsWith(NEVER_AGAIN))) return;
  for (const suite of suites) console.log(suite);
}

function tally(folder) {
  let passed = 0;
  let failed = 0;
  for (const name of readdirSync(folder).filter((file) => !file.includes('-again'))) {
    const again = tryTestsOf(join(folder, name.replace('.json', '-again.json')));
    for (const test of testsOf(join(folder, name))) {
      const mended =
        again.some((other) => other.name === test.name && other.passed) || loadedNow(test, again);
      if (test.passed || mended) passed += 1;
      else failed += 1;
      if (!test.passed)
        console.log(
          `\n${mended ? 'failed, and passed when tried again' : 'failed'}: ${test.name}\n${test.why}`,
        );
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
}

/** Whether a suite that could not be loaded was, and all of it passed. */
function loadedNow({ suite, name }, again) {
  const ran = again.filter((test) => test.suite === suite);
  return name === suite && ran.length > 0 && ran.every((test) => test.passed);
}

/** Nothing where no second run was needed. */
function tryTestsOf(file) {
  return existsSync(file) ? testsOf(file) : [];
}

/** Every test that ran; and a suite that could not be loaded, as one that failed. */
function testsOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).testResults.flatMap(
    ({ name, status, message, assertionResults }) => {
      const suite = relative(process.cwd(), name);
      const ran = assertionResults.filter((test) => ['passed', 'failed'].includes(test.status));
      const tests = ran.map((test) => ({
        suite,
        name: `${suite} > ${test.fullName}`,
        passed: test.status === 'passed',
        why: firstLines(test.failureMessages?.join('\n')),
      }));
      const unloaded = status === 'failed' && tests.every((test) => test.passed);
      return unloaded ? [...tests, { suite, name: suite, passed: false, why: firstLines(message) }] : tests;
    },
  );
}

function firstLines(text = '') {
  return text.split('\n').slice(0, MAX_LINES).join('\n');
}
