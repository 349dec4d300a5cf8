#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { newNodeFolder } from './new-node.mjs';

const folder = newNodeFolder();
if (folder === undefined) await import('../dist/main.js');
else {
  // Before there is a command: a signal that came right after would leave it behind.
  process.on('SIGTERM', () => child.kill());
  // A terminal sends it to both, and the command says how it ends.
  process.on('SIGINT', () => {});
  const child = spawn(join(folder, 'node'), process.argv.slice(1), { stdio: 'inherit' });
  child.on('exit', (status, signal) => {
    if (signal === null) process.exit(status);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
