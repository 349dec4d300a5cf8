import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CLIENTS } from '../clients/clients.ts';
import type { Language } from '../clients/installed.ts';
import { CLIENT_TABLES, clientTablesIn, programOf, withClientTables } from '../clients/page-tables.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/clients.md');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** How each language's file says which version is taken. */
const PINS: Record<Language, (name: string, version: string) => [file: string, line: string | RegExp]> = {
  javascript: (name, version) => [
    'package.json',
    new RegExp(`"(?:${name}|[\\w-]+)": "(?:npm:${name}@)?${version}"`),
  ],
  python: (name, version) => ['requirements.txt', `${name}==${version}`],
  go: (name, version) => ['go.mod', new RegExp(`github.com/${name}(?:/v\\d+)? ${version}`)],
  java: (name, version) => [
    'pom.xml',
    new RegExp(`<artifactId>${name}</artifactId>\\s*<version>${version}</version>`),
  ],
  rust: (name, version) => ['Cargo.toml', `${name} = "=${version}"`],
};

describe('docs/clients.md', () => {
  it('lists every third-party client as the nightly suite runs it (npm run docs writes it)', async () => {
    const document = readFileSync(PAGE, 'utf8');
    expect(clientTablesIn(document).sort()).toEqual([...CLIENT_TABLES].sort());
    await expect(withClientTables(document)).toMatchFileSnapshot(PAGE);
  });

  it('prints programs as the suite runs them', () => {
    const printed = [...readFileSync(PAGE, 'utf8').matchAll(/^<!-- of (.+) -->\n```\w+\n([\s\S]*?)^```$/gm)];
    expect(printed.length).toBeGreaterThan(0);
    for (const [, file = '', text = ''] of printed) expect(read(file)).toContain(text);
  });
});

describe.each(CLIENTS)('$language $name $version', ({ language, name, version, ...client }) => {
  it('is pinned to exactly this version, and has a program', () => {
    const [file, line] = PINS[language](name, version);
    expect(read(`tests/clients/${language}/${file}`)).toMatch(line);
    expect(existsSync(join(ROOT, programOf({ language, name, version, ...client })))).toBe(true);
  });

  it('gets at least two heartbeats before it would give up, even if the usual 15 s are too long for it', () => {
    const { readTimeoutSeconds = Number.POSITIVE_INFINITY, heartbeat } = client;
    if (readTimeoutSeconds > 15) expect(heartbeat).toBe(undefined);
    else expect(heartbeat).toBeLessThanOrEqual(readTimeoutSeconds / 2);
  });
});
