/**
 * Finds a Node that Carillon runs on, where the one that is there is older. Plain Node, which 18 runs too. It lies in `cli`
 * because that is also used without the rest; `bin/ensure-built.mjs` uses it for all of it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** The first line with all that Carillon needs of `node:sqlite`. */
const OLDEST = 24;
/** What runs in place of an older one. */
const VERSION = '24.22.3';
/** The processors that the registry has a Node for, as packages of Linux. */
const PROCESSORS = ['x64', 'arm64'];
/** Without a network npm would try for more than a minute, ms. */
const PATIENCE = ['--fetch-retry-mintimeout=500', '--fetch-retry-maxtimeout=2000'];

/**
 * The folder of a `node` that is new enough, from the registry; undefined where this one is. Says so when it has to ask npx for
 * it. Where there is none it says what to install, and ends the process.
 */
export function newNodeFolder() {
  if (Number.parseInt(process.versions.node, 10) >= OLDEST) return undefined;
  if (process.platform !== 'linux' || !PROCESSORS.includes(process.arch)) return refuse();
  const name = `node-linux-${process.arch}`;
  // npx takes most of a second to find what it has, so a link remembers it, and leads nowhere when that is gone.
  const link = join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'carillon-node',
    `${name}@${VERSION}`,
  );
  if (existsSync(join(link, 'node'))) return link;
  say(`this is Node ${process.versions.node}; running on Node ${VERSION} from the registry (${name})`);
  const folder = fetched(`${name}@${VERSION}`);
  if (folder === undefined) return refuse();
  remember(folder, link);
  return folder;
}

/** Also undefined where the `node` of the package does not run, and npx would take the old one. */
function fetched(specifier) {
  const print = `process.versions.node === '${VERSION}' ? process.execPath : ''`;
  const { stdout } = spawnSync(
    'npx',
    [...PATIENCE, '--yes', '--package', specifier, '--', 'node', '-p', print],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  const file = stdout?.trim();
  return file ? dirname(file) : undefined;
}

/** Where it cannot be written, or another process is quicker, nothing is lost but time. */
function remember(folder, link) {
  try {
    mkdirSync(dirname(link), { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(folder, link);
  } catch {}
}

function refuse() {
  say(
    `Node ${OLDEST} or newer is needed, and this is ${process.versions.node}: install it from https://nodejs.org`,
  );
  process.exit(1);
}

function say(line) {
  process.stderr.write(`carillon: ${line}\n`);
}
