#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { newNodeFolder } from './new-node.mjs';

const folder = newNodeFolder();
if (folder === undefined) await import('../dist/main.js');
else {
  const child = spawn(join(folder, 'node'), process.argv.slice(1), { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill());
  // A terminal sends it to both, and the command says how it ends.
  process.on('SIGINT', () => {});
  child.on('exit', (status, signal) => {
    if (signal === null) process.exit(status);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
