// Reads the reports of vitest that `.ci/run` had written, one file a run, named after it: here.json, here-again.json.
//
//   node .ci/reports.mjs failed FILE     the suites of FILE that may run once more, a line each
//   node .ci/reports.mjs settled FILE    whether each test passed, there or in the second run that FILE-again tells of
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
else if (what === 'settled') settle(path);
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

/** Where the second run failed for another reason than a test, an error that no test caught say, nothing is settled. */
function settle(file) {
  const unlike = testsOf(againOf(file)).filter((test) => !test.passed);
  const settled = outcomesOf(file).every((test) => test.outcome !== 'failed');
  process.exitCode = unlike.length > 0 && settled ? 0 : 1;
}

function tally(folder) {
  let passed = 0;
  let failed = 0;
  for (const name of readdirSync(folder).filter((file) => !file.includes('-again'))) {
    for (const { name: test, outcome, why } of outcomesOf(join(folder, name))) {
      if (outcome === 'failed') failed += 1;
      else passed += 1;
      if (outcome !== 'passed') console.log(`\n${outcome}: ${test}\n${why}`);
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = passed > 0 && failed === 0 ? 0 : 1;
}

/** Every test of a run, held against the second run of its suite if there was one. */
function outcomesOf(file) {
  const again = existsSync(againOf(file)) ? testsOf(againOf(file)) : [];
  return testsOf(file).map((test) => {
    const second = again.find(({ name }) => name === test.name);
    if (test.passed)
      return second?.passed === false
        ? { ...test, outcome: 'passed, and failed when its suite was tried again', why: second.why }
        : { ...test, outcome: 'passed' };
    const mended = second?.passed || loadedNow(test, again);
    return { ...test, outcome: mended ? 'failed, and passed when tried again' : 'failed' };
  });
}

/** Whether a suite that could not be loaded was, and all of it passed. */
function loadedNow({ suite, name }, again) {
  const ran = again.filter((test) => test.suite === suite);
  return name === suite && ran.length > 0 && ran.every((test) => test.passed);
}

function againOf(file) {
  return file.replace(/\.json$/, '-again.json');
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
