import { describe, expect, it } from 'vitest';
import { createLogoutHints } from '../src/logout-hint.ts';
import { good, hs256 } from './tokens.ts';

const SECRET = 'a secret of some length';
const hints = createLogoutHints(SECRET, false);
const sentBack = (setCookie: string) => setCookie.slice(0, setCookie.indexOf(';'));

describe('the ID token of a sign-in', () => {
  it('is read back by its own session alone, for as long as that may last', async () => {
    const idToken = await hs256(good());
    const cookie = hints.keep(idToken, 'one', 60);
    expect(cookie).toMatch(/; Max-Age=60; Path=\/v1\/session; HttpOnly; SameSite=Lax$/);
    expect(createLogoutHints(SECRET, true).keep(idToken, 'one', 60)).toMatch(/SameSite=Lax; Secure$/);
    expect(hints.read(`a=b; ${sentBack(cookie)}`, 'one')).toBe(idToken);
    expect(hints.read(sentBack(cookie), 'two')).toBeUndefined();
    expect(hints.read(undefined, 'one')).toBeUndefined();
    expect(createLogoutHints('another secret, as long', false).read(sentBack(cookie), 'one')).toBeUndefined();
  });

  it('is none where any character was changed, or the cookie cut', async () => {
    const pair = sentBack(hints.keep(await hs256(good()), 'one', 60));
    const begin = pair.indexOf('=') + 1;
    for (let at = begin; at < pair.length; at++) {
      const other = pair[at] === 'A' ? 'B' : 'A';
      expect(hints.read(pair.slice(0, at) + other + pair.slice(at + 1), 'one'), `${at}`).toBeUndefined();
      expect(hints.read(pair.slice(0, at), 'one'), `${at}`).toBeUndefined();
    }
    expect(hints.read(`${pair}${'A'.repeat(10_000)}`, 'one')).toBeUndefined();
  });

  it('is not kept where it is too long for a cookie, and an older one is forgotten then', async () => {
    const fits = hints.keep(await hs256(good({ filling: 'x'.repeat(1_800) })), 'one', 60);
    expect(sentBack(fits).length).toBeLessThan(3_300);
    const long = hints.keep(await hs256(good({ filling: 'x'.repeat(3_000) })), 'one', 60);
    expect(long).toBe(hints.clear());
    expect(long).toMatch(/^carillon_id_token=; Max-Age=0; Path=\/v1\/session;/);
  });
});
