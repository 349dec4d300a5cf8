import { CLIENTS, type ForeignClient } from './clients.ts';
import type { Language } from './installed.ts';

/** How a language is written, and where its programs are. */
const LANGUAGES: Record<Language, { name: string; path: (program: string) => string }> = {
  javascript: { name: 'JavaScript', path: (program) => `${program}.mjs` },
  python: { name: 'Python', path: (program) => `${program}.py` },
  go: { name: 'Go', path: (program) => `${program}/main.go` },
  java: { name: 'Java', path: (program) => `${program}.java` },
  rust: { name: 'Rust', path: (program) => `src/bin/${program}.rs` },
};

/** The tables of docs/clients.md, by their names. */
const TABLES: Record<string, () => string[]> = {
  clients: () => [
    '| | client | version | it needs | mind |',
    '|---|---|---|---|---|',
    ...CLIENTS.map(
      (client) =>
        `| ${LANGUAGES[client.language].name} | [${client.name}](../${programOf(client)}) | ${client.version} | ${client.needs ?? ''} | ${client.cannot ?? ''} |`,
    ),
  ],
  'read timeouts': () => [
    '| leaves after | clients | ask with |',
    '|---|---|---|',
    ...[...new Set(CLIENTS.map(({ readTimeoutSeconds }) => readTimeoutSeconds))]
      .sort((one, other) => (one ?? Number.POSITIVE_INFINITY) - (other ?? Number.POSITIVE_INFINITY))
      .map((seconds) => {
        const those = CLIENTS.filter(({ readTimeoutSeconds }) => readTimeoutSeconds === seconds);
        const asks = [...new Set(those.flatMap(({ heartbeat }) => heartbeat ?? []))];
        const languages = [...new Set(those.map(({ language }) => language))];
        const names = languages.map((language) => {
          const own = those.filter((client) => client.language === language);
          return `${LANGUAGES[language].name}: ${own.map(nameOf).join(', ')}`;
        });
        return `| ${seconds === undefined ? 'never' : `${seconds} s`} | ${names.join('; ')} | ${asks.map((ask) => `\`heartbeat=${ask}\``).join(', ')} |`;
      }),
  ],
};

/** With its version where the list has several. */
function nameOf({ language, name, version }: ForeignClient): string {
  const all = CLIENTS.filter((client) => client.name === name && client.language === language);
  return all.length === 1 ? name : `${name} ${version}`;
}

const TABLE = /(<!-- table: (.+) -->\n)[\s\S]*?(<!-- end of table -->)/g;

/** The document with its tables as the list of clients has them. */
export function withClientTables(document: string): string {
  return document.replace(
    TABLE,
    (_, start: string, name: string, end: string) => `${start}${(TABLES[name]?.() ?? []).join('\n')}\n${end}`,
  );
}

/** The names of the tables in a document. */
export function clientTablesIn(document: string): string[] {
  return [...document.matchAll(TABLE)].map(([, , name = '']) => name);
}

export const CLIENT_TABLES = Object.keys(TABLES);

/** The file that is run, by its path from the root. */
export function programOf({ language, program }: ForeignClient): string {
  return `tests/clients/${language}/${LANGUAGES[language].path(program)}`;
}
