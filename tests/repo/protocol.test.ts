import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  DENIED_REASONS,
  eventLineOf,
  HEARTBEAT_SECONDS,
  isChangeType,
  MAX_CHANNELS_PER_STREAM,
  MAX_CURSOR_LENGTH,
  MIN_HEARTBEAT_SECONDS,
  RESET_REASONS,
} from '@carillon/protocol';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCases } from '../conformance/case.ts';
import { NAMES, withFields } from './protocol-tables.ts';

const PATH = fileURLToPath(new URL('../../docs/protocol.md', import.meta.url));

let document: string;
beforeAll(async () => {
  document = await readFile(PATH, 'utf8');
});

/** The text of a section, by its number. */
const sectionOf = (number: number) =>
  new RegExp(`^## ${number}\\. [^]*?(?=^## |$(?![^]))`, 'm').exec(document)?.[0] ?? '';

describe('the specification of the stream', () => {
  it('has the fields of each event from its schema (npm run docs writes it)', async () => {
    await expect(withFields(document)).toMatchFileSnapshot(PATH);
  });

  it('has a row for each event, with its `event:` line, its type, and whether it is of the log', () => {
    for (const name of NAMES) {
      const line = eventLineOf(name);
      const type = isChangeType(name) ? `\`${name}\`` : '';
      const ofLog = line === undefined || isChangeType(name) ? 'yes' : 'no';
      const row = `| ${line === undefined ? 'none' : `\`${line}\``} | ${type} | ${ofLog} | [`.replace(
        '|  |',
        '| |',
      );
      const rows = sectionOf(4)
        .split('\n')
        .filter((one) => one.startsWith(row) && one.includes(`(#${name})`));
      expect(rows, name).toHaveLength(1);
    }
  });

  it('names every reason for a reset and for a denial', () => {
    for (const reason of RESET_REASONS) expect(sectionOf(7)).toContain(`| \`${reason}\` |`);
    for (const reason of DENIED_REASONS) expect(sectionOf(9)).toContain(`\`${reason}\``);
  });

  it('states the same limits as the code', () => {
    expect(sectionOf(2)).toContain(`up to ${MAX_CHANNELS_PER_STREAM} channels`);
    expect(sectionOf(5)).toContain(`at most ${MAX_CURSOR_LENGTH.toLocaleString('en')} characters`);
    expect(sectionOf(8)).toContain(`comes every ${HEARTBEAT_SECONDS} s`);
    expect(sectionOf(8)).toContain(`from ${MIN_HEARTBEAT_SECONDS} to ${HEARTBEAT_SECONDS} is possible`);
  });

  it('has a section for each case of the conformance suite', () => {
    const numbers = new Set([...document.matchAll(/^## (\d+)\. /gm)].map(([, number]) => Number(number)));
    const wrong = readCases().filter(({ section }) => !numbers.has(section));
    expect(wrong.map(({ title }) => title)).toEqual([]);
  });
});
