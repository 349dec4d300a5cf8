import { expect, it } from 'vitest';
import { chromiumInstalled } from '../../tests/servers/chromium.ts';
import { lentChromium } from '../../tests/servers/lent.ts';
import { startChat } from './start-chat.ts';

it.skipIf(!chromiumInstalled)(
  '"try it" of the reference posts a message, and the page loads nothing from elsewhere',
  { timeout: 300_000 },
  async () => {
    const chat = await startChat();
    const browser = await lentChromium();
    try {
      const page = await browser.newPage();
      page.setDefaultTimeout(120_000);
      const faults: string[] = [];
      const elsewhere: string[] = [];
      const origin = `http://127.0.0.1:${chat.port}`;
      page.on('console', (line) => line.type() === 'error' && faults.push(line.text()));
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('request', (request) => {
        if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
          elsewhere.push(request.url());
      });
      await page.goto(`${origin}/docs`);
      const call = page.locator('#operations-messages-post_v1_channels__channel__messages');
      await call.locator('.opblock-summary-control').click();
      await call.locator('.try-out__btn').click();
      await call.locator('input[placeholder="channel"]').fill('tried');
      await call.locator('.execute').click();
      await call.locator('.live-responses-table .response-col_status', { hasText: '201' }).waitFor();
      expect(await chat.history.get('tried', 1)).toMatchObject({ body: 'hello' });
      expect([faults, elsewhere]).toEqual([[], []]);
    } finally {
      await browser.close();
      await chat.close();
    }
  },
);
