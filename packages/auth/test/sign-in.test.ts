import { expect, it } from 'vitest';
import { createSignIn } from '../src/sign-in.ts';
import { createSigner } from '../src/signed.ts';

const SECRET = 'a secret of some length';

/** At a provider that nobody answers for: whatever gets as far as asking it says that it is away. */
const signInAt = (publicUrl: string) =>
  createSignIn(
    {
      issuer: 'http://127.0.0.1:9',
      clientId: 'carillon',
      publicUrl,
      grants: { subscribe: [], publish: [], moderate: [] },
      sessionSeconds: 60,
    },
    SECRET,
  );

it('a sign-in by https is one that only this very host can have begun', async () => {
  const until = Date.now() + 60_000;
  const value = createSigner(SECRET, 'sign-in').seal({
    state: 's',
    nonce: 'n',
    verifier: 'v',
    returnTo: '/',
    until,
  });
  const outcome = async (publicUrl: string, name: string) =>
    signInAt(publicUrl)
      .finish('?code=x&state=s', `${name}=${value}`)
      .catch(({ code }) => code);
  expect(signInAt('https://chat.example').clear()).toBe(
    '__Host-carillon_sign_in=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure',
  );
  expect(await outcome('https://chat.example', '__Host-carillon_sign_in')).toBe('identity_away');
  expect(await outcome('https://chat.example', 'carillon_sign_in')).toBe('unauthenticated');
  expect(await outcome('http://chat.example', 'carillon_sign_in')).toBe('identity_away');
});
