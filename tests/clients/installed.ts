import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ForeignClient } from './clients.ts';

const INSTALL = fileURLToPath(new URL('install', import.meta.url));

export const LANGUAGES = ['javascript', 'python', 'go', 'java', 'rust'] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * Where `tests/clients/install` has put the clients of each language; undefined where it has not been run since one was changed. Says so then;
 * with `CI=true` that is an error.
 */
export const clientFolders: Record<Language, string> | undefined = find();

/** What runs a client's program; the URL of a stream comes behind it. */
export function commandOf({ language, program }: ForeignClient): string[] {
  const folder = clientFolders?.[language] ?? '';
  const commands: Record<Language, string[]> = {
    javascript: [process.execPath, join(folder, `${program}.mjs`)],
    python: [join(folder, 'venv/bin/python'), join(folder, `${program}.py`)],
    go: [join(folder, 'bin', program)],
    java: ['java', '-cp', `${join(folder, 'jars/*')}:${join(folder, 'classes')}`, program],
    rust: [join(folder, 'bin', program)],
  };
  return commands[language];
}

function find(): Record<Language, string> | undefined {
  try {
    const printed = execFileSync(INSTALL, ['--where'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const folders = new Map(
      printed
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
    return Object.fromEntries(LANGUAGES.map((language) => [language, folders.get(language)])) as Record<
      Language,
      string
    >;
  } catch (error) {
    const reason = String((error as { stderr?: unknown }).stderr ?? error).trim();
    if (process.env.CI === 'true') throw new Error(reason);
    console.log(`skipped: ${reason}`);
    return undefined;
  }
}
