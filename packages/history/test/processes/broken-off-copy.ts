import { copyStore } from '../../src/copy/index.ts';

/** Copies a store to another, and is killed in the middle of its events. */
const [from = '', to = ''] = process.argv.slice(2);
await copyStore({ from, to }, ({ table, rows }) => {
  if (table === 'events' && rows >= 2_000) process.kill(process.pid, 'SIGKILL');
});
