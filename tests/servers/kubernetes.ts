import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where .ci/install-kubernetes puts programs. */
const KEPT = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'carillon-kube');

/** All that a chart renders, and what an API server says of it, fits in this. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Whether helm is here. Where not, says once how to get it; with `CI=true` that is an error. */
export const helmInstalled: boolean = installed(
  'helm',
  'helm (version 3) is not on PATH: .ci/install-kubernetes installs it',
);

function installed(program: string, otherwise: string): boolean {
  if (existsSync(join(KEPT, 'bin', program)) || onPath(program)) return true;
  if (process.env.CI === 'true') throw new Error(otherwise);
  console.warn(`skipped: ${otherwise}`);
  return false;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, program)));
}

/** Where programs are looked for: those that the API server was made with first. */
const PROGRAMS = `${join(KEPT, 'bin')}:${process.env.PATH}`;

/** A program's answer; its error has what it said. */
type Ask = (...args: string[]) => Promise<string>;

/** helm, without a cluster. */
export const helm: Ask = (...args) => ask('helm', args);

async function ask(program: string, args: string[]): Promise<string> {
  const { stdout } = await run(program, args, {
    env: { ...process.env, PATH: PROGRAMS },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return stdout;
}
