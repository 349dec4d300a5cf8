import type { Page } from 'playwright';
import { expect } from 'vitest';
import { freePort } from '../servers/free-port.ts';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type IdentityProvider,
  startIdentityProvider,
} from '../servers/identity-provider.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';

/** A chat, and where its people sign in. */
export interface SignInFixture {
  provider: IdentityProvider;
  server: Standalone;
  close(): Promise<void>;
}

/** People sign in for `sessionSeconds`; `mod` has claims of ours, all others have a name that is an attack. */
export async function startSignInFixture(sessionSeconds: number): Promise<SignInFixture> {
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
  return {
    provider,
    server,
    async close() {
      await server.stop();
      await provider.close();
    },
  };
}

/** As a person does it: to the provider, a name and a password, and back. */
export async function signIn(page: Page, name: string, { provider, server }: SignInFixture): Promise<void> {
  const returnTo = '/v1/session';
  await page.goto(`${server.url}/v1/auth/login?return=${encodeURIComponent(returnTo)}`);
  expect(page.url().startsWith(provider.issuer)).toBe(true);
  await page.getByPlaceholder('Enter any login').fill(name);
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL(`${server.url}${returnTo}`);
}

/** What a script of the page gets, with whatever the browser sends along. */
export function call(page: Page, path: string, init?: Omit<RequestInit, 'body'> & { body?: string }) {
  return page.evaluate(
    async ([url, options]) => {
      const answer = await fetch(url, options);
      const text = await answer.text();
      return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) };
    },
    [path, init] as const,
  );
}
