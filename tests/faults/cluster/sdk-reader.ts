import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FreezableReader, Told } from './reader.ts';

const PROGRAM = fileURLToPath(new URL('sdk-process.ts', import.meta.url));

/** Follows channels, all on one stream, with the built SDK in a process of its own. */
export function followWithSdk(origin: string, reader: string, channels: readonly string[]): FreezableReader {
  const args = ['--import', 'tsx', PROGRAM, origin, ...channels];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const found = { arrivals: [], complaints: [] } as Pick<FreezableReader, 'arrivals' | 'complaints'>;
  let cuts = 0;
  let isClosing = false;
  createInterface(child.stdout).on('line', (line) => {
    const told = JSON.parse(line) as Told;
    if (told.what === 'message') found.arrivals.push({ ...told.message, at: told.at });
    else if (told.what === 'cut') cuts += 1;
    else found.complaints.push(told.text);
  });
  child.on('exit', (code, signal) => {
    if (!isClosing) found.complaints.push(`the program ended with ${code ?? signal}`);
  });
  return {
    reader,
    channels,
    streams: 1,
    ...found,
    get cuts() {
      return cuts;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async close() {
      isClosing = true;
      child.kill('SIGKILL');
      await exited;
    },
  };
}
