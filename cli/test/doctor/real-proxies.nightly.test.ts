import { describe, expect, it } from 'vitest';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { found } from './examined.ts';
import { isInstalled, type StockName, startStock } from './real-proxies.ts';

/** Two heartbeats, and a minute for a proxy that never tells, on a machine that does other work. */
const SLOW_MS = 400_000;

/** What is not well behind each of them, as their packages bring them. */
const WRONG: Readonly<Record<StockName, Partial<Record<Finding['name'], Finding['status']>>>> = {
  nginx: { host: 'fault', http: 'warning' },
  Apache: { host: 'fault', leaving: 'warning' },
  HAProxy: { leaving: 'warning' },
  // It gathers the whole answer.
  lighttpd: { buffering: 'fault' },
  Varnish: { leaving: 'warning' },
  'http-proxy': { leaving: 'fault' },
  Vite: { host: 'fault' },
};

describe.each(Object.keys(WRONG) as StockName[])('behind %s as its package brings it', (name) => {
  it.skipIf(!isInstalled(name))(
    'the doctor finds what is wrong, and nothing else',
    async () => {
      const carillon = await lentStandalone('open');
      const proxy = await startStock(name, carillon.port);
      try {
        const findings = [...(await found(proxy.url, true)).values()];
        const wrong = findings.filter(({ status }) => status === 'fault' || status === 'warning');
        expect(Object.fromEntries(wrong.map((finding) => [finding.name, finding.status]))).toEqual(
          WRONG[name],
        );
        for (const { remedy } of wrong) expect(remedy).toContain(sectionIn(name));
      } finally {
        await proxy.stop();
      }
    },
    SLOW_MS,
  );
});

/** HAProxy and http-proxy do not say who they are. */
function sectionIn(name: StockName): string {
  if (name === 'HAProxy' || name === 'http-proxy') return 'docs/proxies.md.';
  return `docs/proxies.md#${name.toLowerCase()}`;
}
