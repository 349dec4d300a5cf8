/** A worker that takes exports and never ends one; it tells its parent of each. */
import { startTestWork } from '../test-work.ts';

startTestWork(process.argv[2] ?? '', {
  export: async ({ id }) => {
    process.send?.(id);
    await new Promise(() => {});
  },
});
