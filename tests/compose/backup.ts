import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Carillon } from '@carillon/client';
import { eventually } from '../eventually.ts';
import { Application } from '../faults/application.ts';
import { untilGreen } from './checks.ts';
import { compose, HTTP, run } from './stack.ts';

/** Posts that are in the backup, such as it does not have, and new ones: so many that every seq is there again. */
const KEPT = 20;
const LOST = 10;
const ANEW = 15;

/** A block of commands starts servers, and on a new machine it builds. */
const COMMANDS_WITHIN_MS = 15 * 60_000;
const GREEN_WITHIN_MS = 240_000;
const READ_WITHIN_MS = 120_000;

/** A table as a later version may have made it. */
const LATER = 'made_by_a_later_version';

/** The database goes back to its backup. The stack stays where it is. */
export const restoreInPlace = (): Promise<string> =>
  restoredAfter(async () => {
    await psql(`create table ${LATER} (channel_id bigint)`);
  });

/** The machine is lost with all its volumes, and another takes its place. */
export const restoreOnNewMachine = (): Promise<string> =>
  restoredAfter(async (folder) => {
    await compose(['down', '--volumes'], COMMANDS_WITHIN_MS);
    await asPrinted('newMachine', folder);
  });

/**
 * Makes a backup, loses what came after it, and restores it, all with the commands of docs/compose.md. A program that reads all
 * the time gets a reset, shows what is there, and goes on. Sessions stay signed in.
 */
async function restoredAfter(disaster: (folder: string) => Promise<void>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-backup-'));
  const channel = `backup-${randomUUID().slice(0, 8)}`;
  const carillon = new Carillon({ url: HTTP });
  const post = async (count: number, body: string) => {
    for (let each = 0; each < count; each++) await carillon.post(channel, body);
  };
  const reader = new Application(HTTP, [channel]);
  const shows = (bodies: readonly string[]) =>
    eventually(
      `${bodies.length} messages with the reader, which has ${reader.bodies(channel).length}`,
      () => reader.bodies(channel).join() === bodies.join(),
      READ_WITHIN_MS,
    );
  try {
    const cookie = await signIn('Ada');
    await post(KEPT, 'kept');
    await asPrinted('backup', folder);
    await post(LOST, 'lost');
    await shows([...Array(KEPT).fill('kept'), ...Array(LOST).fill('lost')]);

    await disaster(folder);
    await asPrinted('restore', folder);
    const green = await untilGreen('all green after the restore', GREEN_WITHIN_MS);
    await post(ANEW, 'anew');

    const left = [...Array(KEPT).fill('kept'), ...Array(ANEW).fill('anew')];
    const { events } = await carillon.log(channel, { limit: 100 });
    const stored = events.map((event) => ('body' in event ? event.body : event.type));
    if (stored.join() !== left.join()) throw new Error(`the store has ${stored}`);
    await shows(left);
    const told = reader.resets.map(({ reason }) => reason).join();
    if (told !== 'epoch') throw new Error(`the reader got the resets "${told}" instead of one for the epoch`);
    if ((await psql(`select to_regclass('${LATER}') is null`)).trim() !== 't')
      throw new Error('what the backup did not have is still there');
    const name = await nameOf(cookie);
    if (name !== 'Ada') throw new Error(`the session of Ada is now of ${name}`);
    return `the reader got one reset, and shows all ${left.length}; green ${(green.ms / 1_000).toFixed(1)} s after the last command`;
  } finally {
    reader.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a block of commands as it stands under "Backup" in docs/compose.md. What lies at home there lies in a folder. */
async function asPrinted(what: 'backup' | 'restore' | 'newMachine', folder: string): Promise<void> {
  const page = readFileSync(new URL('../../docs/compose.md', import.meta.url), 'utf8');
  const section = page.split('\n### Backup\n')[1]?.split('\n### ')[0] ?? '';
  const blocks = [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
  const [backup, restore, newMachine, ...others] = blocks;
  const block = { backup, restore, newMachine }[what];
  if (block === undefined || others.length > 0)
    throw new Error(`docs/compose.md has ${blocks.length} blocks about a backup, not 3`);
  await run('bash', ['-euo', 'pipefail', '-c', block.replaceAll('~/', `${folder}/`)], COMMANDS_WITHIN_MS);
}

function psql(sql: string): Promise<string> {
  return compose(['exec', '-T', 'postgres', 'psql', '-U', 'carillon', '-d', 'carillon', '-qtAc', sql]);
}

/** Signs in with a name. Returns the cookie of the session. */
async function signIn(name: string): Promise<string> {
  const answer = await fetch(`${HTTP}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  const [cookie = ''] = answer.headers.getSetCookie();
  return cookie.split(';')[0] ?? '';
}

async function nameOf(cookie: string): Promise<unknown> {
  const answer = await fetch(`${HTTP}/v1/session`, { headers: { cookie } });
  const { name } = (await answer.json()) as { name?: unknown };
  return name;
}
