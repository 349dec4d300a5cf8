import { AxeBuilder } from '@axe-core/playwright';
import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { lentChromium, lentStandalone } from '../servers/lent.ts';

describe('/checks of npm start', () => {
  let server: { url: string };
  let browser: Browser | undefined;
  beforeAll(async () => {
    server = await lentStandalone('open');
    if (chromiumInstalled) browser = await lentChromium();
  }, 300_000);
  afterAll(() => browser?.close());

  it('is well, and says what is embedded and what is not configured', async () => {
    const answer = await fetch(`${server.url}/checks`);
    expect(answer.status).toBe(200);
    const { ok, checks } = (await answer.json()) as {
      ok: boolean;
      checks: { name: string; status: string; detail: string }[];
    };
    expect(ok).toBe(true);
    expect(checks.map(({ name, status, detail }) => `${name}: ${status}, ${detail}`)).toEqual([
      'proxy: not-configured, embedded: no proxy',
      'sqlite: ok, embedded: wrote and read',
      expect.stringMatching(/^schema: ok, version \d+$/),
      'bus: ok, embedded: a probe was published and received',
      'mqtt: ok, embedded: a probe was published and received',
      'kafka: not-configured, not configured',
      'redis: not-configured, not configured: presence and limits are in memory',
      'worker: not-configured, not configured: no job queue',
      'broadcast: ok, a message arrived on the stream',
    ]);
  });

  it.runIf(chromiumInstalled)(
    'is a page that reloads until you stop it, with nothing that axe finds, in light and in dark',
    async () => {
      const context = await browser?.newContext();
      const page = await context?.newPage();
      if (context === undefined || page === undefined) throw new Error('there is no browser');
      const faults: string[] = [];
      page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
      await page.goto(`${server.url}/checks`);
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('All is well');
      expect(await page.getByRole('listitem').count()).toBe(9);
      await page.waitForEvent('load');
      await page.getByRole('link', { name: 'Stop reloading' }).click();
      await page.getByText('This page does not reload').waitFor();
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        // By itself it opens a second page to gather what frames say; here are none.
        const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
        const found = violations.map(
          ({ id, nodes }) => `${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`,
        );
        expect(found).toEqual([]);
      }
      expect(faults).toEqual([]);
      await context.close();
    },
    180_000,
  );
});
