import { withSelectors } from './selectors.ts';

/** A Grafana dashboard: the fields that differ between ours. */
export interface Dashboard {
  /** Part of its URL: it never changes, or links break. */
  uid: string;
  title: string;
  /** The question that the dashboard answers. */
  description: string;
  rows: readonly Row[];
}

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export interface Panel {
  title: string;
  /** A sentence that says which values are good. Grafana shows it at the panel's corner. */
  good: string;
  /** A unit of Grafana: `s`, `bytes`, `percentunit`, `ops`, `short`. */
  unit: string;
  /** The queries, each with the legend of its lines. */
  queries: readonly (readonly [expr: string, legend: string])[];
  /** One number instead of lines over time. */
  single?: boolean;
  /** Values from this one on are bad and drawn red; with `below`, values under it. */
  bad?: number;
  below?: boolean;
  /** Whether to show exemplars: points that link to traces. */
  exemplars?: boolean;
}

/** Grafana's variable for the window that fits the resolution of a panel. */
export const RATE = '$__rate_interval';

/**
 * Returns an expression limited to the deployments that are selected at the top of the dashboard. If none is selected, as with Compose
 * where nothing has the label, the selection is `.*` and matches all.
 */
export const ofChosen = (expr: string): string =>
  withSelectors(expr, (name, matchers = '') => {
    const all = [matchers, 'namespace=~"$namespace"'].filter((each) => each !== '');
    return `${name}{${all.join(',')}}`;
  });

/** Returns queries for the given quantiles (0 to 1) of a histogram, over all instances. */
export function quantiles(histogram: string, of: readonly number[] = [0.5, 0.9, 0.99]) {
  return of.map(
    (q) =>
      [`histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket[${RATE}])))`, `p${q * 100}`] as const,
  );
}

/** The name under which `docker compose` and the chart provision it. */
const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };

/** Grafana's grid has 24 columns. */
const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 8;
const SINGLE_WIDTH = 4;

/** Returns the JSON that Grafana reads from a file. */
export function render({ uid, title, description, rows }: Dashboard): object {
  const panels: object[] = [];
  let y = 0;
  const add = (panel: object) => panels.push({ id: panels.length + 1, ...panel });
  for (const row of rows) {
    add({
      type: 'row',
      title: row.title,
      collapsed: false,
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
      panels: [],
    });
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      const w = panel.single ? SINGLE_WIDTH : WIDTH;
      if (x + w > COLUMNS) {
        x = 0;
        y += HEIGHT;
      }
      add(renderPanel(panel, { x, y, w, h: HEIGHT }));
      x += w;
    }
    y += HEIGHT;
  }
  return {
    uid,
    title,
    description,
    tags: ['carillon'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    links: [{ type: 'dashboards', title: 'Carillon', tags: ['carillon'], asDropdown: false, keepTime: true }],
    templating: { list: [NAMESPACE] },
    panels,
  };
}

/** The variable with the deployments that Prometheus knows; all of them if none is selected. */
const NAMESPACE = {
  type: 'query',
  name: 'namespace',
  label: 'Namespace',
  datasource: DATASOURCE,
  query: { query: 'label_values(carillon_build_info, namespace)', refId: 'namespace' },
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { text: ['All'], value: ['$__all'] },
};

function renderPanel(panel: Panel, gridPos: object): object {
  const { title, good, unit, queries, single = false, exemplars = false } = panel;
  return {
    type: single ? 'stat' : 'timeseries',
    title,
    description: good,
    gridPos,
    datasource: DATASOURCE,
    fieldConfig: {
      defaults: {
        unit,
        min: unit === 's' && single ? undefined : 0,
        color: { mode: single ? 'thresholds' : 'palette-classic' },
        thresholds: { mode: 'absolute', steps: thresholds(panel) },
        custom: single ? undefined : { fillOpacity: 5, thresholdsStyle: { mode: lineAt(panel) } },
      },
      overrides: [],
    },
    options: single
      ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'value', graphMode: 'area' }
      : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(([expr, legendFormat], index) => ({
      refId: String.fromCharCode('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr: ofChosen(expr),
      legendFormat,
      exemplar: exemplars,
    })),
  };
}

const lineAt = ({ bad }: Panel) => (bad === undefined ? 'off' : 'dashed');

function thresholds({ bad, below = false }: Panel): object[] {
  const steps = [{ color: below && bad !== undefined ? 'red' : 'green', value: null as number | null }];
  if (bad !== undefined) steps.push({ color: below ? 'green' : 'red', value: bad });
  return steps;
}
