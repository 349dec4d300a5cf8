import { defineConfig } from 'vitest/config';

/** Packages are read from their sources, so a unit test needs no build. */
const fromSource = { conditions: ['carillon-source', 'module', 'node', 'development|production'] };

export default defineConfig({
  resolve: fromSource,
  ssr: { resolve: fromSource },
  test: {
    include: [
      '{packages,client}/*/test/**/*.test.ts',
      '{chat-service,broadcast-sse,standalone,hello-bot}/test/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
