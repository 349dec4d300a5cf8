import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { lentChromium } from '../servers/lent.ts';
import { beginSignIn } from './code-flow.ts';
import { call, type SignInFixture, signIn, startSignInFixture } from './sign-in-fixture.ts';

/** For a step of a browser on a busy machine, ms. */
const STEP_WITHIN_MS = 60_000;
/** A sign-in that outlasts its test on a busy machine, s. */
const SESSION_SECONDS = 600;

describe.runIf(chromiumInstalled)('AUTH=oidc in a browser', { timeout: 300_000 }, () => {
  let fixture: SignInFixture;
  let server: SignInFixture['server'];
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    fixture = await startSignInFixture(SESSION_SECONDS);
    ({ server } = fixture);
    browser = await lentChromium();
  }, 300_000);

  afterEach(() => context?.close());

  afterAll(async () => {
    await browser?.close();
    await fixture?.close();
  });

  async function newPage(): Promise<Page> {
    context = await browser.newContext();
    context.setDefaultTimeout(STEP_WITHIN_MS);
    return context.newPage();
  }

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

    await signIn(page, 'mod', fixture);
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
    await signIn(page, 'ada', fixture);
    const { json } = await call(page, '/v1/session');
    expect(json).toMatchObject({ id: 'ada', grants: { subscribe: ['*'], publish: ['*'], moderate: [] } });
    expect(json.name).toMatch(/^ada Set-Cookie: x=y long [ long]{1,50}$/);
    expect(json.name.length).toBeLessThanOrEqual(64);
    expect((await context.cookies()).map(({ name }) => name)).not.toContain('x');
  });

  it('gives a session of its own at each sign-in, whatever cookie was there', async () => {
    const page = await newPage();
    await signIn(page, 'eve', fixture);
    const session = async () =>
      (await context.cookies(server.url)).find(({ name }) => name === 'carillon_session')?.value ?? '';
    const planted = await session();
    await context.clearCookies();
    await context.addCookies([{ name: 'carillon_session', value: planted, url: server.url, httpOnly: true }]);
    expect((await call(page, '/v1/session')).json.id).toBe('eve');
    await signIn(page, 'ada', fixture);
    expect((await call(page, '/v1/session')).json.id).toBe('ada');
    const idOf = (cookie: string) =>
      JSON.parse(Buffer.from(cookie.split('.')[0] ?? '', 'base64url').toString()).session;
    expect(idOf(await session())).not.toBe(idOf(planted));
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
