import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled } from '../../../tests/servers/postgres.ts';
import { openHistory } from '../src/index.ts';
import type { Hands } from './contract/hands.ts';
import { draft, range, seqsOf } from './contract/store.ts';
import { postgresHands } from './hands/postgres.ts';
import { sqliteHands } from './hands/sqlite.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Runs the command of docs/operate.md, "Clocks", that begins so, as it stands there. */
async function asPrinted(command: string, cwd: string, env: Record<string, string> = {}): Promise<void> {
  const page = readFileSync(new URL('../../../docs/operate.md', import.meta.url), 'utf8');
  const clocks = page.split(/^## /m).find((section) => section.startsWith('Clocks\n')) ?? '';
  const commands = [...clocks.matchAll(/```sh\n([^`]*)```/g)].map(([, text]) => text ?? '');
  const [printed, ...others] = commands.filter((text) => text.startsWith(`${command} `));
  if (printed === undefined || others.length > 0) throw new Error(`"Clocks" has not one ${command}`);
  await promisify(execFile)('bash', ['-c', printed], { cwd, env: { ...process.env, ...env } });
}

describe('after a clock that was ahead', () => {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-clock-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['SQLite', 'node', async () => `sqlite:${join(folder, 'data')}`, sqliteHands],
    ...(postgresInstalled ? [['PostgreSQL', 'psql', lentDatabase, postgresHands] as const] : []),
  ] as const)(
    'a store on %s goes on from the present by the command of the page, and retention goes on',
    async (_name, command, create, handsOf) => {
      const url = await create();
      const first = await openHistory(url);
      const hands: Hands = handsOf(url);
      await first.append(range(1, 4).map((n) => draft('ahead', `${n}`)));
      await first.append([draft('right', '1')]);
      await hands.date('ahead', [9 * DAY_MS, 9 * DAY_MS, -365 * DAY_MS, -365 * DAY_MS]);
      await hands.dateHead('ahead', -365 * DAY_MS);
      const [held] = await first.append([draft('ahead', '5')]);
      const timeOf = (answer: typeof held) =>
        answer?.outcome === 'created' ? Date.parse(answer.message.createdAt) : Number.NaN;
      expect(timeOf(held)).toBeGreaterThan(Date.now() + 364 * DAY_MS);
      const [before] = await first.channels('ahead', 1);
      await first.close();

      await asPrinted(command, folder, { HISTORY_URL: url });
      const history = await openHistory(url);
      expect(await history.channels('ahead', 1)).toEqual([before]);
      const [mended] = await history.append([draft('ahead', '6')]);
      expect(Math.abs(timeOf(mended) - Date.now())).toBeLessThan(DAY_MS);
      const kept = async () => seqsOf(await history.after('ahead', 0, 9));
      await history.retain({ maxAgeMs: 7 * DAY_MS });
      expect(await kept()).toEqual([3, 4, 5, 6]);
      // Eight days later.
      await hands.date('ahead', [0, 0, -365 * DAY_MS, -365 * DAY_MS, -365 * DAY_MS, 8 * DAY_MS]);
      await history.retain({ maxAgeMs: 7 * DAY_MS });
      expect(await kept()).toEqual([]);
      await history.close();
      await hands.close();
    },
  );
});
