import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALL_GROUPS, GROUPS_OF, groupsIn, metricsOf, withMetricTables } from './metrics-tables.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));

describe('the list of metrics', () => {
  it('has every metric of the code, and no other (npm run docs writes it)', async () => {
    const document = await readFile(DOCUMENT, 'utf8');
    await expect(withMetricTables(document)).toMatchFileSnapshot(DOCUMENT);
  });

  it('has a table for each group, and each group is some service’s', async () => {
    const document = await readFile(DOCUMENT, 'utf8');
    expect(groupsIn(document).sort()).toEqual([...ALL_GROUPS].sort());
    const used = new Set(Object.values(GROUPS_OF).flat());
    expect([...used].sort()).toEqual([...ALL_GROUPS].sort());
  });
});

describe.each(ALL_GROUPS)('the metrics of %s', (group) => {
  it('are named after what they measure, in base units', () => {
    for (const { name, type } of metricsOf(group)) {
      expect(name).toMatch(/^carillon_[a-z0-9_]+$/);
      expect(name).not.toMatch(/_(ms|milliseconds|kb|mb|minutes)(_|$)/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
    }
  });

  it('have no label that grows with channels or people', () => {
    const closed = [
      'bus',
      'event',
      'limit',
      'method',
      'node',
      'outcome',
      'queue',
      'reason',
      'route',
      'state',
    ];
    const known = [...closed, 'status', 'use', 'version', 'kind', 'space', 'type', 'major', 'minor', 'patch'];
    for (const { labels } of metricsOf(group)) for (const label of labels) expect(known).toContain(label);
  });
});
