import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TABLES, tablesIn, undescribed, withTables } from './configuration-tables.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

describe('the documentation of the configuration', () => {
  it.each(['docs/configuration.md', 'README.md'])(
    '%s has every variable as the code has it, and no other (npm run docs writes it)',
    async (name) => {
      const document = await readFile(path(name), 'utf8');
      await expect(withTables(document)).toMatchFileSnapshot(path(name));
    },
  );

  it('has a table for each service, and for each URL that is put together from parts', async () => {
    const document = await readFile(path('docs/configuration.md'), 'utf8');
    expect(tablesIn(document).sort()).toEqual(Object.keys(TABLES).sort());
  });

  it.each(Object.keys(TABLES))('says what each variable of %s is (.describe() beside the field)', (name) => {
    const schema = TABLES[name];
    expect(schema && undescribed(schema)).toEqual([]);
  });
});
