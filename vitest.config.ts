import { configDefaults, defineConfig } from 'vitest/config';
import { Tally } from './tests/tally.ts';

/**
 * Packages are read from their sources, so a unit test needs no build. Without Vite's `module`: Node is told the same
 * conditions, and what @opentelemetry/api has under it Node cannot load.
 */
const fromSource = { conditions: ['carillon-source', 'node', 'development|production'] };

/** What takes long runs with all there is, each night and before a release: `npm run test:all` (tests/README.md). */
const runsAll = process.env.TESTS === 'all';

export default defineConfig({
  resolve: fromSource,
  ssr: { resolve: fromSource },
  test: {
    // These end what hangs, and say nothing of how fast it is to be. A crowded machine takes ten times as long as a quiet one.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000, interval: 20 } },
    exclude: [...configDefaults.exclude, ...(runsAll ? [] : ['**/*.nightly.test.ts'])],
    globalSetup: 'tests/servers/lender.ts',
    reporters: ['default', new Tally()],
    // Many tests wait for real servers; only what is slower than that is listed by name.
    slowTestThreshold: 15_000,
    // Of one order are only such as have as many workers.
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
          // To load what suites share takes as long as to run them. At night there is time to do it anew for each.
          isolate: runsAll,
          sequence: { groupOrder: 1 },
          // Some of it is waiting.
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
          // With browsers, whose client takes longer to load than most suites take.
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
          // One at a time: they measure time and memory, and take servers away.
          name: 'faults',
          include: ['tests/{clients,faults,observability}/**/*.test.ts'],
          sequence: { groupOrder: 3 },
          maxWorkers: 1,
        },
      },
      {
        extends: true,
        test: {
          // What Kubernetes is told; the same on every Node.
          name: 'chart',
          include: ['tests/helm/**/*.test.ts'],
          sequence: { groupOrder: 4 },
          maxWorkers: 2,
        },
      },
    ],
  },
});
