import type { BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type Chromium, chromiumInstalled, startChromium } from '../servers/chromium.ts';
import { freePort } from '../servers/free-port.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type IdentityProvider,
  startIdentityProvider,
} from '../servers/identity-provider.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { beginSignIn } from './code-flow.ts';

/** For a step of a browser on a busy machine, ms. */
const STEP_WITHIN_MS = 60_000;
/** What the clock of a browser may be behind that of the server on the same machine, ms. */
const CLOCKS_APART_MS = 100;

/** A sign-in that outlasts its test on a busy machine, s. */
const SESSION_SECONDS = 600;
/** One that is short enough to wait for its end, and long enough to open a stream, s. */
const SHORT_SESSION_SECONDS = 25;

/** A chat, and where its people sign in. */
interface Place {
  provider: IdentityProvider;
  server: Standalone;
}

describe.runIf(chromiumInstalled)('AUTH=oidc in a browser', { timeout: 300_000 }, () => {
  let provider: IdentityProvider;
  let server: Standalone;
  let chromium: Chromium;
  let context: BrowserContext;

  beforeAll(async () => {
    ({ provider, server } = await startPlace(SESSION_SECONDS));
    chromium = await startChromium();
  }, 300_000);

  afterEach(() => context?.close());

  afterAll(async () => {
    await chromium?.close();
    await server?.stop();
    await provider?.close();
  });

  async function newPage(): Promise<Page> {
    context = await chromium.browser.newContext();
    context.setDefaultTimeout(STEP_WITHIN_MS);
    return context.newPage();
  }

  /** As a person does it: to the provider, a name and a password, and back. */
  async function signIn(page: Page, name: string, at: Place = { provider, server }): Promise<void> {
    const returnTo = '/v1/session';
    await page.goto(`${at.server.url}/v1/auth/login?return=${encodeURIComponent(returnTo)}`);
    expect(page.url().startsWith(at.provider.issuer)).toBe(true);
    await page.getByPlaceholder('Enter any login').fill(name);
    await page.getByPlaceholder('and password').fill('any');
    await page.getByRole('button', { name: 'Sign-in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.waitForURL(`${at.server.url}${returnTo}`);
  }

  /** What a script of the page gets, with whatever the browser sends along. */
  const call = (page: Page, path: string, init?: RequestInit) =>
    page.evaluate(
      async ([url, options]) => {
        const answer = await fetch(url, options);
        const text = await answer.text();
        return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) };
      },
      [path, init] as const,
    );

  it('lets a person in who signs in, with the grants of their claims, and out again', async () => {
    const page = await newPage();
    await page.goto(`${server.url}/v1/session`);
    expect((await call(page, '/v1/session')).json).toMatchObject({
      kind: 'anonymous',
      auth: { mode: 'oidc', signIn: '/v1/auth/login' },
      grants: { subscribe: [], publish: [], moderate: [] },
    });
    expect(await call(page, '/v1/channels/lobby/messages', { method: 'POST', body: 'x' })).toMatchObject({
      status: 401,
      json: { code: 'unauthenticated' },
    });

    await signIn(page, 'mod');
    const { json: mod } = await call(page, '/v1/session');
    expect(mod).toMatchObject({
      id: 'mod',
      name: 'Mo Derator',
      kind: 'person',
      grants: { subscribe: ['*'], publish: ['lobby'], moderate: ['lobby'] },
    });
    const left = Date.parse(mod.expiresAt) - Date.now();
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(SESSION_SECONDS * 1_000);
    const cookies = await context.cookies(server.url);
    expect(cookies.filter(({ name }) => name.startsWith('carillon'))).toMatchObject([
      { name: 'carillon_session', httpOnly: true, sameSite: 'Lax', secure: false, path: '/' },
    ]);
    const posted = await call(page, '/v1/channels/lobby/messages', { method: 'POST', body: 'signed in' });
    expect(posted).toMatchObject({ status: 201, json: { author: { id: 'mod', name: 'Mo Derator' } } });
    expect((await call(page, '/c/other', { method: 'POST', body: 'x' })).json.code).toBe('forbidden');

    const { json: out } = await call(page, '/v1/session', { method: 'DELETE' });
    expect((await call(page, '/v1/session')).json.kind).toBe('anonymous');
    await page.goto(out.next);
    await page.getByRole('button', { name: /yes/i }).click();
    await page.waitForURL(new RegExp(`^${server.url}/`));
    // At the provider, too: the next sign-in asks for the password.
    await page.goto(`${server.url}/v1/auth/login`);
    await page.getByPlaceholder('Enter any login').waitFor();
  });

  it('gives who has no claim of ours the usual grants, and a name on one line', async () => {
    const page = await newPage();
    await signIn(page, 'ada');
    const { json } = await call(page, '/v1/session');
    expect(json).toMatchObject({ id: 'ada', grants: { subscribe: ['*'], publish: ['*'], moderate: [] } });
    expect(json.name).toMatch(/^ada Set-Cookie: x=y long [ long]{1,50}$/);
    expect(json.name.length).toBeLessThanOrEqual(64);
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('x');
  });

  it('gives a session of its own at each sign-in, whatever cookie was there', async () => {
    const page = await newPage();
    await signIn(page, 'eve');
    const session = async () =>
      (await context.cookies(server.url)).find(({ name }) => name === 'carillon_session')?.value ?? '';
    const planted = await session();
    await context.clearCookies();
    await context.addCookies([{ name: 'carillon_session', value: planted, url: server.url, httpOnly: true }]);
    expect((await call(page, '/v1/session')).json.id).toBe('eve');
    await signIn(page, 'ada');
    expect((await call(page, '/v1/session')).json.id).toBe('ada');
    const idOf = (cookie: string) =>
      JSON.parse(Buffer.from(cookie.split('.')[0] ?? '', 'base64url').toString()).session;
    expect(idOf(await session())).not.toBe(idOf(planted));
  });

  it('reads a stream by its cookie, which ends with denied when the session expires', async () => {
    const short = await startPlace(SHORT_SESSION_SECONDS);
    onTestFinished(async () => {
      await short.server.stop();
      await short.provider.close();
    });
    const page = await newPage();
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

  it('does not let in who comes back with what another browser began, or twice, or with another state', async () => {
    const { callback, cookies: jar } = await beginSignIn(server.url, 'mallory');
    const visit = async (url: string, cookie?: string) => {
      const answer = await fetch(url, {
        redirect: 'manual',
        ...(cookie !== undefined && { headers: { Cookie: cookie } }),
      });
      await answer.arrayBuffer();
      return { status: answer.status, cookies: answer.headers.getSetCookie().join() };
    };
    const wrong = new URL(callback);
    wrong.searchParams.set('state', 'x');
    const foreign = new URL(callback);
    foreign.searchParams.set('iss', 'https://evil.example');
    for (const attempt of [
      visit(callback),
      visit(callback, `${jar.slice(0, -2)}AA`),
      visit(wrong.href, jar),
      visit(foreign.href, jar),
      visit(`${server.url}/v1/auth/callback`, jar),
      visit(`${server.url}/v1/auth/callback?code=x&state=x`, jar),
    ]) {
      const { status, cookies } = await attempt;
      expect([status, cookies]).toEqual([401, expect.not.stringContaining('carillon_session')]);
    }
    // It was good all along, once.
    expect(await visit(callback, jar)).toMatchObject({
      status: 302,
      cookies: expect.stringContaining('carillon_session='),
    });
    expect((await visit(callback, jar)).status).toBe(401);
  });

  it('brings back who changes their mind', async () => {
    const page = await newPage();
    await page.goto(`${server.url}/v1/auth/login?return=/v1/session`);
    await page.getByRole('link', { name: /cancel/i }).click();
    await page.waitForURL(`${server.url}/v1/session`);
    expect((await call(page, '/v1/session')).json.kind).toBe('anonymous');
  });
});

/** People sign in for `sessionSeconds`; `mod` has claims of ours, all others have a name that is an attack. */
async function startPlace(sessionSeconds: number): Promise<Place> {
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const provider = await startIdentityProvider(publicUrl, (subject) =>
    subject === 'mod'
      ? { name: 'Mo Derator', carillon: { subscribe: ['*'], publish: ['lobby'], moderate: ['lobby'] } }
      : { name: `${subject}\u0000\r\nSet-Cookie: x=y ${'long '.repeat(40)}` },
  );
  const server = await startStandalone({
    port,
    env: {
      AUTH: 'oidc',
      PUBLIC_URL: publicUrl,
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET: CLIENT_SECRET,
      SESSION_SECONDS: String(sessionSeconds),
    },
  });
  return { provider, server };
}
