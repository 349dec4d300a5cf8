import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ofChosen } from '../../observability/dashboards/dashboard.ts';
import { dashboards } from '../../observability/dashboards/dashboards.ts';
import { selectorsOf } from '../../observability/dashboards/selectors.ts';
import { eventuallyHolds } from '../eventually.ts';
import { agreement, apart } from './agreement.ts';
import { type Load, startLoad } from './load.ts';
import { type ObservedStack, observedStackInstalled, startObservedStack } from './observed-stack.ts';
import { allRules } from './rule-files.ts';

/** With scrapes each 2 s and rules each 1 s; a busy machine takes far longer. A test waits so three times. */
const TOLD_WITHIN_MS = 180_000;

/** `npm run observe` takes ten minutes for it. */
const STEADY_MS = 30_000;

/** A share of two minutes, which the longer window is here, of over 1.44 %. */
const FROZEN_MS = 8_000;

/** A process that is there for this long is scraped once at least. */
const SEEN_WITHIN_MS = 4_000;

/** What Grafana would put in for scrapes each 2 s, on a machine that misses some. */
const RATE_INTERVAL = '20s';

const PANELS = dashboards.flatMap(({ title, rows }) =>
  rows.flatMap(({ panels }) =>
    panels.flatMap((panel) =>
      panel.queries.map(([expr]) => ({
        at: `${title}: ${panel.title}`,
        expr: ofChosen(expr).replaceAll('$__rate_interval', RATE_INTERVAL).replaceAll('$namespace', '.*'),
      })),
    ),
  ),
);

describe.skipIf(!observedStackInstalled)('a stack under load that Prometheus watches', () => {
  let stack: ObservedStack;
  let load: Load | undefined;
  /** What fired by its fault, and ended with it: an alert and its severity, since some have two. */
  const shown = new Set<string>();

  beforeAll(async () => {
    stack = await startObservedStack();
  }, 240_000);
  afterAll(async () => {
    await load?.stop();
    await stack?.stop();
  }, 60_000);

  /** Of the budgets by their shortest windows: the others, even so much shorter, end after a quarter of an hour. */
  const firing = async () =>
    new Set(
      (await stack.prometheus.firing())
        .filter(({ window = '1h' }) => window === '1h')
        .flatMap(({ alertname = '', severity = '', job = '', part = '' }) => {
          const name = `${alertname} ${severity}`;
          return [name, `${name} of ${job}`, `${name} of ${part}`];
        }),
    );

  async function until(what: string, wanted: (now: Set<string>) => string[]): Promise<void> {
    await eventuallyHolds(async () => expect(wanted(await firing()), what).toEqual([]), TOLD_WITHIN_MS);
  }

  /** Waits until none of the alerts fires, makes the fault, waits until all have fired, mends it, and waits until all have ended. */
  async function shows(
    alerts: readonly string[],
    { fault, mend }: { fault: () => unknown; mend: () => unknown },
  ): Promise<void> {
    const left = (now: Set<string>) => alerts.filter((name) => now.has(name));
    await until('alerts that fire before their fault', left);
    const waiting = new Set(alerts);
    try {
      await fault();
      await until('alerts that do not fire', (now) => {
        for (const name of now) waiting.delete(name);
        return [...waiting];
      });
    } finally {
      await mend();
    }
    await until('alerts that do not end', left);
    for (const name of alerts) shown.add(name.replace(/ of .*/, ''));
  }

  it('counts as many posts and deliveries as the clients, within 1 %, and draws them so', async () => {
    const found = await agreement(stack, STEADY_MS);
    load = await startLoad(stack.cluster.origin);
    for (const { panel, counted, grown, shown } of found) {
      expect(apart(grown, counted), `${panel}: ${grown} of ${counted}`).toBeLessThan(0.01);
      expect(apart(shown, counted), `${panel} drawn: ${shown} of ${counted}`).toBeLessThan(0.1);
    }
  }, 240_000);

  it('fires for a certificate that is about to expire, until it is renewed', async () => {
    const { nginx } = stack.cluster;
    await nginx.renewCertificate(365);
    await shows(['CertificateExpires ticket'], {
      fault: () => nginx.renewCertificate(2),
      mend: () => nginx.renewCertificate(365),
    });
  }, 600_000);

  it('has data for every expression of every panel', async () => {
    await load?.orderExport();
    await eventuallyHolds(async () => {
      const missing: string[] = [];
      for (const { at, expr } of PANELS)
        if ((await stack.prometheus.query(expr)).length === 0) missing.push(`${at}: ${expr}`);
      expect(missing).toEqual([]);
    }, TOLD_WITHIN_MS);
  }, 300_000);

  it('is quiet while all is well', async () => {
    await eventuallyHolds(async () => {
      const now = [...(await firing())].filter((name) => !name.includes(' of '));
      // Which says that the others could be told of.
      expect(now).toEqual(['Watchdog none']);
    }, TOLD_WITHIN_MS);
    shown.add('Watchdog none');
  }, 300_000);

  it('fires for brokers, Redis, nodes and a worker that are gone, for what waits for them, and for nginx without nodes', async () => {
    const { mosquitto, kafka, redis, chat, broadcast, workers } = stack.cluster;
    const nodes = [...chat.slice(1), ...broadcast, ...workers];
    const parts = [mosquitto, kafka, redis, ...nodes];
    await shows(
      [
        ...['BrokerDown ticket', 'BusAway ticket', 'RedisAway ticket', 'RelayBacklogStuck ticket'],
        ...['InstanceDown ticket', 'NodesTooFew ticket'],
        ...['ServiceDown page of broadcast-sse', 'ServiceDown ticket of worker'],
        'OriginDown page of streams',
      ],
      {
        fault: () => Promise.all(parts.map((part) => part.kill())),
        async mend() {
          await Promise.all([mosquitto, kafka, redis].map((part) => part.restart()));
          await Promise.all(nodes.map((part) => part.restart()));
        },
      },
    );
  }, 600_000);

  it('wakes somebody where the page cannot be read', async () => {
    const { nginx } = stack.cluster;
    const alerts = ['OriginDown page of page', 'OriginDown page of api', 'ServiceDown page of nginx'];
    await shows(alerts, { fault: () => nginx.kill(), mend: () => nginx.restart() });
  }, 600_000);

  it('wakes somebody where the store is away and posts fail', async () => {
    const { postgres } = stack.cluster;
    await shows(['StoreAway page', 'StoreAwayForOne ticket', 'PostsBudgetBurns page'], {
      fault: () => postgres.kill(),
      mend: () => postgres.restart(),
    });
  }, 600_000);

  it('wakes somebody where messages come late', async () => {
    const { broadcast } = stack.cluster;
    await shows(['DeliveryBudgetBurns page'], {
      async fault() {
        for (const node of broadcast) node.freeze();
        await sleep(FROZEN_MS);
        for (const node of broadcast) node.thaw();
      },
      mend() {},
    });
  }, 600_000);

  it('fires for cursors of another store', async () => {
    const coming = new AbortController();
    let strangers: Promise<void> | undefined;
    await shows(['ResetsRising ticket'], {
      fault() {
        strangers = again(coming.signal, async () => load?.openWithStrangeCursor(5));
      },
      async mend() {
        coming.abort();
        await strangers;
      },
    });
  }, 600_000);

  it('fires for jobs that fail, and for a webhook that is paused', async () => {
    const ordering = new AbortController();
    let orders: Promise<void> | undefined;
    let removeWebhook: (() => Promise<unknown>) | undefined;
    await shows(['JobsFail ticket', 'WebhooksPaused ticket'], {
      async fault() {
        removeWebhook = await load?.addGoneWebhook();
        rmSync(stack.exportDir, { recursive: true });
        writeFileSync(stack.exportDir, 'no folder');
        orders = again(ordering.signal, async () => {
          await load?.orderExport();
          await sleep(1_000);
        });
      },
      async mend() {
        ordering.abort();
        await orders;
        await removeWebhook?.();
        rmSync(stack.exportDir);
        mkdirSync(stack.exportDir);
      },
    });
  }, 600_000);

  it('fires for a disk that fills, and pages somebody if all nodes of a service restart again and again', async () => {
    const { broadcast } = stack.cluster;
    const disk = mountSmallDisk();
    const file = join(disk.path, 'file');
    const starting = new AbortController();
    let starts: Promise<void> | undefined;
    try {
      await shows(['DiskFills ticket', 'NodesRestart page', 'NodesRestart ticket'], {
        fault() {
          execFileSync('fallocate', ['-l', '15M', file]);
          starts = again(starting.signal, async () => {
            await Promise.all(broadcast.map((node) => node.kill()));
            await Promise.all(broadcast.map((node) => node.restart()));
            await sleep(SEEN_WITHIN_MS);
          });
        },
        async mend() {
          rmSync(file);
          starting.abort();
          await starts;
        },
      });
    } finally {
      disk.unmount();
    }
  }, 600_000);

  it('has shown every alert', () => {
    // But for the budgets' tickets, whose window of three days is two hours here.
    const alerts = allRules().filter(({ alert, labels }) => alert !== undefined && labels?.window !== '3d');
    const names = alerts.map(({ alert, labels }) => `${alert} ${labels?.severity}`);
    expect([...shown].sort()).toEqual([...new Set(names)].sort());
  });

  it('has data for everything that a rule reads', async () => {
    const { prometheus } = stack;
    const missing: string[] = [];
    for (const selector of new Set(allRules().flatMap(({ expr }) => selectorsOf(expr))))
      if ((await prometheus.query(`last_over_time(${selector}[15m])`)).length === 0) missing.push(selector);
    expect(missing).toEqual([]);
  }, 120_000);
});

async function again(signal: AbortSignal, act: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) await act().catch(() => {});
}

/** A disk of 16 MiB: an overlay on memory, since memory alone is no disk to the rule. Needs root. */
function mountSmallDisk(): { path: string; unmount(): void } {
  const memory = mkdtempSync(join(tmpdir(), 'carillon-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'carillon', memory]);
  const part = (name: string) => join(memory, name);
  for (const name of ['lower', 'upper', 'work', 'disk']) mkdirSync(part(name));
  const layers = `lowerdir=${part('lower')},upperdir=${part('upper')},workdir=${part('work')}`;
  execFileSync('mount', ['-t', 'overlay', 'small-disk', '-o', layers, part('disk')]);
  return {
    path: part('disk'),
    unmount() {
      execFileSync('umount', [part('disk')]);
      execFileSync('umount', [memory]);
      rmSync(memory, { recursive: true });
    },
  };
}
