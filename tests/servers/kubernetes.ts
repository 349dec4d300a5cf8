import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An API server without nodes, beside the checkout: it builds itself, helm and kubectl, and keeps them here. */
const KUBE = fileURLToPath(new URL('../../../shared/engine/kube', import.meta.url));
const KEPT = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'carillon-kube');

/** All that a chart renders, and what an API server says of it, fits in this. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Cold, it is compiled from Go. */
const UP_WITHIN_MS = 40 * 60_000;

/** Whether helm is here. Where not, says once how to get it; with `CI=true` that is an error. */
export const helmInstalled: boolean = installed(
  'helm',
  'helm (version 3) is not on PATH: .ci/install-helm installs it',
);

/** Whether there is an API server to ask: one that KUBECONFIG_TEST names and tests may write to, or one that can be made. */
export const kubernetesInstalled = (): boolean =>
  installed(
    undefined,
    'no Kubernetes API server: KUBECONFIG_TEST names the kubeconfig of a cluster for tests, such as one of kind',
  );

function installed(program: string | undefined, otherwise: string): boolean {
  const found =
    program === undefined
      ? process.env.KUBECONFIG_TEST !== undefined || existsSync(KUBE)
      : existsSync(join(KEPT, 'bin', program)) || onPath(program);
  if (found) return true;
  if (process.env.CI === 'true') throw new Error(otherwise);
  console.warn(`skipped: ${otherwise}`);
  return false;
}

function onPath(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((directory) => existsSync(join(directory, program)));
}

/** Where programs are looked for: those that the API server was made with first. */
export const PROGRAMS = `${join(KEPT, 'bin')}:${process.env.PATH}`;

/** A program's answer; its error has what it said. */
export type Ask = (...args: string[]) => Promise<string>;

/** helm, without a cluster. */
export const helm: Ask = (...args) => ask('helm', args, {});

/** An API server that can be written to. */
export interface Kubernetes {
  readonly kubeconfig: string;
  readonly helm: Ask;
  readonly kubectl: Ask;
  /** Ends it where it was started here. */
  stop(): Promise<void>;
}

/** The API server: started where none runs. */
export function startKubernetes(): Kubernetes {
  let kubeconfig = process.env.KUBECONFIG_TEST;
  let ours = false;
  if (kubeconfig === undefined) {
    ours = !execFileSync(KUBE, ['up'], { encoding: 'utf8', timeout: UP_WITHIN_MS }).includes('already up');
    kubeconfig = join(KEPT, 'run', 'kubeconfig');
  }
  const env = { KUBECONFIG: kubeconfig };
  return {
    kubeconfig,
    helm: (...args) => ask('helm', args, env),
    kubectl: (...args) => ask('kubectl', args, env),
    stop: async () => {
      if (ours) await run(KUBE, ['down']);
    },
  };
}

async function ask(program: string, args: string[], env: Record<string, string>): Promise<string> {
  const { stdout } = await run(program, args, {
    env: { ...process.env, PATH: PROGRAMS, ...env },
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  return stdout;
}
