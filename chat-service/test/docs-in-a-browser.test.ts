import { existsSync } from 'node:fs';
import { chromium } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningChat, startChat } from './start-chat.ts';

const CHROMIUM = '/usr/bin/chromium';
const missing = !existsSync(CHROMIUM);
if (missing) {
  const how = `${CHROMIUM} is missing: apt-get install chromium`;
  if (process.env.CI === 'true') throw new Error(how);
  console.log(`skipped: ${how}`);
}

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

it.skipIf(missing)(
  '"try it" of the reference posts a message, and the page loads nothing from elsewhere',
  async () => {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
    });
    try {
      const page = await browser.newPage();
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
    }
  },
);
