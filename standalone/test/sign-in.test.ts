import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginSignIn } from '../../tests/e2e/code-flow.ts';
import { eventuallyHolds } from '../../tests/eventually.ts';
import { freePort } from '../../tests/servers/free-port.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type IdentityProvider,
  startIdentityProvider,
} from '../../tests/servers/identity-provider.ts';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

describe('sign-in at a provider', { timeout: 180_000 }, () => {
  let server: Standalone;
  let provider: IdentityProvider;

  beforeAll(async () => {
    const port = await freePort();
    provider = await startIdentityProvider(`http://127.0.0.1:${port}`);
    server = await startStandalone({
      port,
      env: {
        AUTH: 'oidc',
        PUBLIC_URL: `http://127.0.0.1:${port}`,
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: CLIENT_ID,
        OIDC_CLIENT_SECRET: CLIENT_SECRET,
      },
    });
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await provider?.close();
  });

  /** The cookies that a browser has after it, by name, each with its attributes. */
  async function signIn(login: string): Promise<Map<string, string>> {
    const { callback, cookies } = await beginSignIn(server.url, login);
    const answer = await fetch(callback, { redirect: 'manual', headers: { Cookie: cookies } });
    expect([answer.status, await answer.text()]).toEqual([302, '']);
    return new Map(answer.headers.getSetCookie().map((each) => [each.slice(0, each.indexOf('=')), each]));
  }

  const pair = (cookie = '') => cookie.slice(0, cookie.indexOf(';'));

  async function signOut(...cookies: (string | undefined)[]) {
    const headers = { Cookie: cookies.map(pair).join('; '), 'Sec-Fetch-Site': 'same-origin' };
    const answer = await fetch(`${server.url}/v1/session`, { method: 'DELETE', headers });
    expect(answer.status).toBe(200);
    const { next } = (await answer.json()) as { next: string };
    return { next: new URL(next), forgotten: answer.headers.getSetCookie().join('\n') };
  }

  it('hands its ID token back at the sign-out, and the provider takes it', async () => {
    const cookies = await signIn('ada');
    const hint = cookies.get('carillon_id_token');
    expect(hint).toMatch(/; Path=\/v1\/session; HttpOnly; SameSite=Lax$/);
    const { next, forgotten } = await signOut(cookies.get('carillon_session'), hint);
    expect(forgotten).toMatch(
      /^carillon_session=; Max-Age=0; .*\ncarillon_id_token=; Max-Age=0; Path=\/v1\/session;/,
    );
    expect(next.searchParams.get('post_logout_redirect_uri')).toBe(`${server.url}/`);
    expect(decodeJwt(next.searchParams.get('id_token_hint') ?? '')).toMatchObject({
      sub: 'ada',
      aud: CLIENT_ID,
    });
    const taken = await fetch(next, { redirect: 'manual' });
    expect(taken.status, await taken.text()).toBe(200);
    // It looks at it: one that nobody signed it refuses.
    next.searchParams.set('id_token_hint', `${next.searchParams.get('id_token_hint')?.slice(0, -8)}AAAAAAAA`);
    const refused = await fetch(next, { redirect: 'manual' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('id_token_hint');
  });

  it('hands back no ID token of another session, a forged one, or none', async () => {
    const [ada, bob] = [await signIn('ada'), await signIn('bob')];
    const session = ada.get('carillon_session');
    const others = bob.get('carillon_id_token') ?? '';
    const forged = others.replace(/~.*?;/, `${/~.*?;/.exec(ada.get('carillon_id_token') ?? '')?.[0]}`);
    for (const hint of [others, forged, 'carillon_id_token=x;', 'carillon_id_token=~;', undefined]) {
      const { next } = await signOut(session, hint);
      expect(next.searchParams.has('id_token_hint')).toBe(false);
      expect(next.searchParams.get('client_id')).toBe(CLIENT_ID);
    }
  });

  it('goes on within seconds where the provider puts another key in the place of the old one, under its name', async () => {
    await signIn('ada');
    await provider.close();
    const { port } = new URL(provider.issuer);
    provider = await startIdentityProvider(
      server.url.replace('localhost', '127.0.0.1'),
      undefined,
      Number(port),
    );
    // The keys may have been fetched a moment ago.
    await eventuallyHolds(() => signIn('bob'));
  });
});
