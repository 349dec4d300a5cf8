import { describe, expect, it, onTestFinished } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { lentChromium } from '../servers/lent.ts';
import { call, signIn, startSignInFixture } from './sign-in-fixture.ts';

/** For a step of a browser on a busy machine, ms. */
const STEP_WITHIN_MS = 60_000;
/** What the clock of a browser may be behind that of the server on the same machine, ms. */
const CLOCKS_APART_MS = 100;
/** A sign-in that is short enough to wait for its end, and long enough to open a stream, s. */
const SHORT_SESSION_SECONDS = 25;

describe.runIf(chromiumInstalled)('AUTH=oidc in a browser', { timeout: 300_000 }, () => {
  it('reads a stream by its cookie, which ends with denied when the session expires', async () => {
    const short = await startSignInFixture(SHORT_SESSION_SECONDS);
    onTestFinished(() => short.close());
    const browser = await lentChromium();
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    page.setDefaultTimeout(STEP_WITHIN_MS);
    await signIn(page, 'ada', short);
    const story = await page.evaluate(
      (limit) =>
        new Promise<{ events: string[]; early: number }>((resolve) => {
          const source = new EventSource('/v1/channels/lobby/stream');
          const events: string[] = [];
          let expiresAt = 0;
          source.addEventListener('open', (event) => {
            if (!('data' in event)) return;
            const { you, expiresAt: until } = JSON.parse(String(event.data));
            expiresAt = Date.parse(until);
            events.push(`open ${you.id}`);
          });
          const end = (what: string) => {
            source.close();
            resolve({ events: [...events, what], early: expiresAt - Date.now() });
          };
          source.addEventListener('denied', (event) => end(`denied ${JSON.parse(event.data).reason}`));
          setTimeout(() => end('nothing came'), limit);
        }),
      (SHORT_SESSION_SECONDS + 60) * 1_000,
    );
    expect(story.events).toEqual(['open ada', 'denied expired']);
    expect(story.early).toBeLessThan(CLOCKS_APART_MS);
    expect((await call(page, '/v1/session')).json.kind).toBe('anonymous');
    // The provider still knows the person: back without a word.
    await page.goto(`${short.server.url}/v1/auth/login?return=/v1/session`);
    await page.waitForURL(`${short.server.url}/v1/session`);
    expect((await call(page, '/v1/session')).json.id).toBe('ada');
  });
});
