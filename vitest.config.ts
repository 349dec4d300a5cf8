import { configDefaults, defineConfig } from 'vitest/config';
import { Tally } from './tests/tally.ts';

/**
 * Packages are read from their sources, so a unit test needs no build. Vite's condition `module` is left out: Node gets the same
 * conditions, and cannot load what @opentelemetry/api has under it.
 */
const fromSource = { conditions: ['carillon-source', 'node', 'development|production'] };

/** Slow suites run only with everything else, each night and before a release: `npm run test:all` (tests/README.md). */
const runsAll = process.env.TESTS === 'all';

export default defineConfig({
  resolve: fromSource,
  ssr: { resolve: fromSource },
  test: {
    // These end what hangs; they are no bounds on speed. A busy machine takes ten times as long as a quiet one.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    exclude: [...configDefaults.exclude, ...(runsAll ? [] : ['**/*.nightly.test.ts'])],
    globalSetup: 'tests/servers/lender.ts',
    reporters: ['default', new Tally()],
    // Many tests wait for real servers; only tests slower than this are listed by name.
    slowTestThreshold: 15_000,
    // Projects with the same group order must have the same number of workers.
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: [
            '{packages,client}/*/test/**/*.test.ts',
            '{chat-service,standalone,hello-bot,worker,cli}/test/**/*.test.ts',
            'tests/{attacks,conformance,deploy,proxy,repo,telemetry}/**/*.test.ts',
          ],
          // Loading what suites share takes as long as running them. At night there is time to load it for each suite.
          isolate: runsAll,
          sequence: { groupOrder: 1 },
          // Some tests mostly wait.
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          // The suites share a fixture that makes a hub before each test, so each suite has modules of its own.
          name: 'streams',
          include: ['broadcast-sse/test/**/*.test.ts'],
          sequence: { groupOrder: 1 },
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          // With browsers. Loading playwright takes longer than most suites do.
          name: 'people',
          include: ['tests/e2e/**/*.test.ts'],
          isolate: runsAll,
          sequence: { groupOrder: 2 },
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          // One at a time: they measure time and memory, and stop servers.
          name: 'faults',
          include: ['tests/{clients,faults,observability}/**/*.test.ts'],
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          // The chart. Its output does not depend on the version of Node.
          name: 'chart',
          include: ['tests/helm/**/*.test.ts'],
          sequence: { groupOrder: 4 },
          maxWorkers: 2,
        },
      },
    ],
  },
});
