import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = readFileSync(join(import.meta.dirname, '../../../docs/proxies.md'), 'utf8');

/** The ports that the page prints: of the proxy, and of Carillon. */
const PRINTED = { proxy: 8000, carillon: 8080 };

/** Where the proxy listens, and where it finds Carillon. */
export interface Ports {
  proxy: number;
  carillon: number;
}

/** A configuration with these ports in place of the printed ones. */
export function withPorts(configuration: string, ports: Ports): string {
  return configuration
    .replaceAll(new RegExp(`\\b${PRINTED.proxy}\\b`, 'g'), String(ports.proxy))
    .replaceAll(new RegExp(`\\b${PRINTED.carillon}\\b`, 'g'), String(ports.carillon));
}

/** What docs/proxies.md prints for a proxy. */
export interface Printed {
  /** Its only block in this language, with other ports in place of the printed ones. Throws where there is not one such block. */
  block(language: string, ports?: Ports): string;
  /** The environment of `npm start`. */
  readonly environment: Record<string, string>;
}

/** The rows of the table of a section, without its head, each as its cells. */
export function rowsOf(heading: string): string[][] {
  const rows = sectionOf(heading).match(/^\|.*\|$/gm) ?? [];
  return rows.slice(2).map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

function sectionOf(heading: string): string {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/proxies.md has no section "${heading}"`);
  return section;
}

/** Reads the section of a proxy, found by its heading. Throws if there is none. */
export function printedFor(proxy: string): Printed {
  const section = sectionOf(proxy);
  const blocks = [...section.matchAll(/^```(\S+)\n(.*?)^```$/gms)];
  const block = (language: string, ports = PRINTED) => {
    const found = blocks.filter(([, name]) => name === language);
    if (found.length !== 1)
      throw new Error(`the section "${proxy}" has ${found.length} blocks in ${language}`);
    return withPorts(found[0]?.[2] ?? '', ports);
  };
  return {
    block,
    get environment() {
      const assignments = block('sh').matchAll(/\b([A-Z_]+)=(\S+)/g);
      return Object.fromEntries([...assignments].map(([, name, value]) => [name, value]));
    },
  };
}
