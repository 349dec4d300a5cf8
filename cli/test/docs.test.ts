import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXAMINED } from '../src/doctor/finding.ts';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

it('docs/cli.md tells of each thing that the doctor looks at, in its order', () => {
  const [, section = ''] = page.split('\n## Doctor\n');
  const [doctor = ''] = section.split('\n## ');
  const told = [...doctor.matchAll(/^\| `([^`]+)` \| \S/gm)].map(([, name]) => name);
  expect(told).toEqual([...EXAMINED]);
});
