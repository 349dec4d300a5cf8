import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** Below the range that systems use for outgoing connections: a port of that range could be taken before the server binds it. */
const FIRST_PORT = 10_000;
const PORTS = 20_000;
const DRAWS = 50;

/** The ports that are drawn: a file for each, which contains the id of its process. */
const DRAWN = join(tmpdir(), `carillon-ports-${userInfo().uid}`);
const own = new Set<string>();

/**
 * A port that no server listens on, and that no other test process gets while this one lives. A server binds it later, and again
 * after a restart, while other test processes draw ports, too.
 */
export async function freePort(): Promise<number> {
  mkdirSync(DRAWN, { recursive: true });
  for (let draw = 0; draw < DRAWS; draw++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (isOurs(port) && (await nobodyListens(port))) return port;
  }
  throw new Error(`no free port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1}`);
}

function isOurs(port: number): boolean {
  const file = join(DRAWN, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    // The next process that draws this port gets it.
    if (hasEnded(file)) rmSync(file, { force: true });
    return false;
  }
  if (own.size === 0) process.once('exit', giveBack);
  own.add(file);
  return true;
}

/** Whether the process that drew it is gone without having given it back. */
function hasEnded(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function giveBack(): void {
  for (const file of own) rmSync(file, { force: true });
}

async function nobodyListens(port: number): Promise<boolean> {
  const probe = createServer().listen(port);
  const isFree = await once(probe, 'listening').then(
    () => true,
    () => false,
  );
  if (!isFree) return false;
  probe.close();
  await once(probe, 'close');
  return true;
}
