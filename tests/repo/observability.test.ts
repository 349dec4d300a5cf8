import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ofChosen, render } from '../../observability/dashboards/dashboard.ts';
import { dashboards } from '../../observability/dashboards/dashboards.ts';
import { selectorsOf } from '../../observability/dashboards/selectors.ts';
import { inhibitions, matching, secondsOf } from '../observability/inhibitions.ts';
import { allRules, nameOf, OBSERVABILITY } from '../observability/rule-files.ts';

const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url));
const panels = dashboards.flatMap((each) =>
  each.rows.flatMap((row) => row.panels.map((panel) => ({ at: `${each.title}: ${panel.title}`, panel }))),
);
const alerts = allRules().filter((rule) => rule.alert !== undefined);

describe('the dashboards', () => {
  it.each(dashboards)(
    '$title is provisioned as it is written (npm run docs writes it)',
    async (dashboard) => {
      const file = join(OBSERVABILITY, 'grafana/dashboards', `${dashboard.uid}.json`);
      await expect(`${JSON.stringify(render(dashboard), null, 2)}\n`).toMatchFileSnapshot(file);
    },
  );

  it('are all that is provisioned', () => {
    const files = readdirSync(join(OBSERVABILITY, 'grafana/dashboards'));
    expect(files.sort()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
  });

  it.each(panels)('$at says in a sentence what a good value is', ({ panel }) => {
    expect(panel.good).toMatch(/^Good is .+\.$/);
  });

  it('have no two panels with the same title', () => {
    const titles = panels.map(({ at }) => at);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

describe('the alerts', () => {
  it('have a page each in docs/runbooks, and there is no other page', () => {
    const pages = readdirSync(join(DOCS, 'runbooks')).filter((name) => name !== 'README.md');
    const named = new Set(alerts.map(({ alert }) => `${alert}.md`));
    expect(pages.sort()).toEqual([...named].sort());
  });

  it.each(alerts)(
    '$alert says how bad it is, what it is, and where its page is',
    ({ alert, labels, annotations }) => {
      expect(labels?.severity).toMatch(alert === 'Watchdog' ? /^none$/ : /^(page|ticket)$/);
      expect(annotations?.summary).toBeTruthy();
      expect(annotations?.description).toMatch(/\.$/);
      expect(annotations?.runbook).toBe(`docs/runbooks/${alert}.md`);
      const page = readFileSync(join(DOCS, 'runbooks', `${alert}.md`), 'utf8');
      expect(page).toMatch(
        /^# (\w+)\n\n\*\*What it means\.\*\*[\s\S]+\*\*How to see\.\*\*[\s\S]+\*\*What to do\.\*\*/,
      );
      expect(page.split('\n')[0]).toBe(`# ${alert}`);
    },
  );
});

describe('the inhibitions of Alertmanager', () => {
  it.each(inhibitions())('$sources: each alert exists, and fires no later than $targets', (inhibition) => {
    const causes = matching(inhibition.sources, alerts);
    const kept = matching(inhibition.targets, alerts);
    expect(causes).not.toEqual([]);
    expect(kept).not.toEqual([]);
    const latest = Math.max(...causes.map(secondsOf));
    expect(kept.filter((rule) => secondsOf(rule) < latest).map(({ alert }) => alert)).toEqual([]);
  });
});

describe('the runbooks', () => {
  const pages = readdirSync(join(DOCS, 'runbooks')).filter((name) => name !== 'README.md');
  const titles = new Map(
    dashboards.map(({ title, rows }) => [
      title,
      rows.flatMap((row) => row.panels.map((panel) => panel.title)),
    ]),
  );

  it.each(pages)('%s quotes panels that exist on the dashboard it names', (page) => {
    const prose = readFileSync(join(DOCS, 'runbooks', page), 'utf8')
      .replaceAll(/```[\s\S]*?```|`[^`]*`/g, '')
      .replaceAll(/\s+/g, ' ');
    const quoted: string[] = [];
    for (const [, panels = '', dashboard = ''] of prose.matchAll(
      /((?:"[^"]+"(?: and |, )?)+) on \*([^*]+)\*/g,
    )) {
      for (const [, panel = ''] of panels.matchAll(/"([^"]+)"/g)) {
        expect(titles.get(dashboard), dashboard).toContain(panel);
        quoted.push(panel);
      }
    }
    // Nothing else stands between quotation marks, so no panel is overlooked.
    expect([...prose.matchAll(/"([^"]+)"/g)].map(([, text]) => text)).toEqual(quoted);
  });

  it.each(pages)('%s has the commands for Compose and Kubernetes', (page) => {
    const lines = readFileSync(join(DOCS, 'runbooks', page), 'utf8').split('\n');
    expect(lines.filter((line) => line.startsWith('docker '))).not.toEqual([]);
    expect(lines.filter((line) => line.startsWith('kubectl '))).not.toEqual([]);
  });
});

describe('what panels and rules read', () => {
  const recorded = new Set(allRules().flatMap(({ record }) => record ?? []));
  const documented = new Set(readFileSync(join(DOCS, 'metrics.md'), 'utf8').match(/\bcarillon_\w+/g));
  const exprs = [
    ...allRules().map(({ expr }) => expr),
    ...panels.flatMap(({ panel }) => panel.queries.map(([expr]) => expr)),
  ];
  const names = [...new Set(exprs.flatMap((expr) => selectorsOf(expr).map(nameOf)))];

  it.each(names.filter((name) => name.startsWith('carillon_')))(
    '%s is a metric of docs/metrics.md',
    (name) => {
      expect([...documented]).toContain(name.replace(/_(bucket|sum|count)$/, ''));
    },
  );

  it.each(names.filter((name) => name.startsWith('carillon:')))('%s is recorded', (name) => {
    expect([...recorded]).toContain(name);
  });

  it('is served by the exporters', () => {
    const others = names.filter((name) => !/^carillon[_:]/.test(name));
    expect(others.filter((name) => !EXPORTED.test(name))).toEqual([]);
  });

  it('is found in every kind of expression', () => {
    const expr =
      'min by (job, use_of) (carillon_redis_up{use=~"a_b|c"}) == 0 or rate(pg_x_total[5m]) > scalar(up)';
    expect(selectorsOf(expr)).toEqual(['carillon_redis_up{use=~"a_b|c"}', 'pg_x_total', 'up']);
    expect(ofChosen(expr)).toBe(
      'min by (job, use_of) (carillon_redis_up{use=~"a_b|c",namespace=~"$namespace"}) == 0 or ' +
        'rate(pg_x_total{namespace=~"$namespace"}[5m]) > scalar(up{namespace=~"$namespace"})',
    );
  });
});

/** By the prefix of each exporter; `up` and `ALERTS` are Prometheus' own. That each is there is shown on the real stack. */
const EXPORTED = /^(up|ALERTS|(pg|redis|nginx|probe|node)_\w+)$/;
