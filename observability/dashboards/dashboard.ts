import { withSelectors } from './selectors.ts';

/** A page of Grafana, as far as it is ours to say. */
export interface Dashboard {
  /** In its address: never changed, or links break. */
  uid: string;
  title: string;
  /** The question that it answers. */
  description: string;
  rows: readonly Row[];
}

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export interface Panel {
  title: string;
  /** A sentence that says what good looks like. Grafana shows it at the panel's corner. */
  good: string;
  /** One of Grafana's: `s`, `bytes`, `percentunit`, `ops`, `short`. */
  unit: string;
  /** What is asked, each with the legend of its lines. */
  queries: readonly (readonly [expr: string, legend: string])[];
  /** One number instead of lines over time. */
  single?: boolean;
  /** From here on it is bad: drawn red. With `below`, under it. */
  bad?: number;
  below?: boolean;
  /** Points that lead to traces, where there are any. */
  exemplars?: boolean;
}

/** Grafana's name for as long a window as the resolution of a panel needs. */
export const RATE = '$__rate_interval';

/**
 * An expression asked of the deployments that are chosen at the top of the page. Without that choice, as under Compose where
 * nothing has the label, it is `.*`, and asks for all.
 */
export const ofChosen = (expr: string): string =>
  withSelectors(expr, (name, matchers = '') => {
    const all = [matchers, 'namespace=~"$namespace"'].filter((each) => each !== '');
    return `${name}{${all.join(',')}}`;
  });

/** Lines for the given quantiles of a histogram, over all instances. */
export function quantiles(histogram: string, of: readonly number[] = [0.5, 0.9, 0.99]) {
  return of.map(
    (q) =>
      [`histogram_quantile(${q}, sum by (le) (rate(${histogram}_bucket[${RATE}])))`, `p${q * 100}`] as const,
  );
}

/** As `docker compose` and the chart provision it. */
const DATASOURCE = { type: 'prometheus', uid: 'prometheus' };

/** Grafana's grid has 24 columns. */
const COLUMNS = 24;
const WIDTH = 8;
const HEIGHT = 8;
const SINGLE_WIDTH = 4;

/** What Grafana reads from a file. */
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

/** The deployments that Prometheus knows, all of them where nothing is chosen. */
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
