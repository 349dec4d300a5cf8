import { createHmac } from 'node:crypto';
import { exportSPKI, importJWK } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { COOLDOWN_MS, REFRESH_AFTER_MS } from '../src/jwks.ts';
import { createTokens, type Tokens, VERIFIED_MS } from '../src/tokens.ts';
import {
  AUDIENCE,
  good,
  hs256,
  ISSUER,
  type KeyPair,
  keyPair,
  type PublishedKeys,
  publishKeys,
  raw,
  seconds,
} from './tokens.ts';

let rsa: KeyPair;
let ec: KeyPair;
let ed: KeyPair;
let published: PublishedKeys;
let tokens: Tokens;
let failures: unknown[];

beforeAll(async () => {
  rsa = await keyPair('RS256', 'rsa');
  ec = await keyPair('ES256', 'ec');
  ed = await keyPair('EdDSA', 'ed');
});

beforeEach(async () => {
  published = await publishKeys([rsa.jwk, ec.jwk, ed.jwk]);
  failures = [];
  tokens = createTokens({
    jwksUrl: published.url,
    issuer: ISSUER,
    audience: AUDIENCE,
    onAway: (error) => failures.push(error),
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await published.close();
});

const read = async (token: string) => tokens.read(token);
const refused = (token: string) =>
  expect(read(token), token.slice(0, 200)).rejects.toMatchObject({ code: 'unauthenticated' });

/** The time, without what waits for it. */
function pass(ms: number): void {
  vi.useFakeTimers({ now: Date.now() + ms, toFake: ['Date'] });
}

describe('a token signed by a published key', () => {
  it('is good by RS256, ES256 and EdDSA, and the keys are fetched once', async () => {
    const made = await Promise.all([rsa, ec, ed].map((pair) => pair.sign(good())));
    for (const { author } of await Promise.all(made.map(read))) expect(author.id).toBe('ada');
    expect(published.asked).toBe(1);
  });

  it('is refused with an algorithm that is not the key’s, none among them, and with a public key as a secret', async () => {
    const pem = await exportSPKI((await importJWK(rsa.jwk, 'RS256', { extractable: true })) as CryptoKey);
    for (const secret of [pem, pem.trim(), JSON.stringify(rsa.jwk), rsa.jwk.n ?? '']) {
      for (const alg of ['HS256', 'HS512', 'RS256', 'none']) {
        const header = { alg, kid: 'rsa', typ: 'JWT' };
        const [signed = ''] = /^[^.]+\.[^.]+/.exec(raw(header, good())) ?? [];
        await refused(raw(header, good(), createHmac('sha256', secret).update(signed).digest()));
      }
    }
    await refused(await hs256(good(), rsa.jwk.n, { kid: 'rsa' }));
    await refused(raw({ alg: 'none', kid: 'rsa' }, good()));
    await refused(await ec.sign(good(), { kid: 'rsa' }));
    for (const alg of ['PS256', 'RS512'] as const) await refused(raw({ alg, kid: 'rsa' }, good(), 'x'));
  });

  it('is refused with keys of its own: embedded, by address, or by a made-up kid', async () => {
    const evil = await keyPair('RS256', 'rsa');
    const other = await publishKeys([evil.jwk]);
    for (const header of [
      {},
      { jwk: evil.jwk },
      { jku: other.url },
      { x5u: other.url },
      { jku: other.url, kid: other.url },
      { x5c: ['MIIB'] },
    ]) {
      await refused(await evil.sign(good(), header));
    }
    for (const kid of [
      '../../dev/null',
      "' or 1=1 --",
      'http://127.0.0.1:9/',
      '__proto__',
      '',
      'x'.repeat(2_000),
    ]) {
      await refused(await evil.sign(good(), { kid }));
    }
    expect(other.asked).toBe(0);
    await other.close();
  });

  it('with a made-up kid has the keys fetched once in a while, however many come', async () => {
    await read(await rsa.sign(good()));
    const forged = await Promise.all(
      Array.from({ length: 50 }, (_, index) => rsa.sign(good(), { kid: `made-up-${index}` })),
    );
    for (const token of forged) await refused(token);
    expect(published.asked).toBe(1);
    pass(COOLDOWN_MS);
    await Promise.all(forged.map(refused));
    expect(published.asked).toBe(2);
  });

  it('is good by a new key soon after the provider has one, and no more by one that is withdrawn', async () => {
    await read(await rsa.sign(good()));
    const fresh = await keyPair('ES256', 'fresh');
    published.keys = [fresh.jwk];
    const token = await fresh.sign(good());
    await refused(token);
    pass(COOLDOWN_MS);
    await read(token);
    await refused(await rsa.sign(good()));
  });

  it('is good by a new key that took the name of the old one, and no more by the old one', async () => {
    await read(await rsa.sign(good()));
    const other = await keyPair('RS256', 'rsa');
    published.keys = [other.jwk, ec.jwk];
    pass(COOLDOWN_MS);
    const both = await Promise.all([other.sign(good()), ec.sign(good())]);
    for (const { author } of await Promise.all(both.map(read))) expect(author.id).toBe('ada');
    await refused(await rsa.sign(good()));
    expect(published.asked).toBe(2);
  });

  it('with a made-up signature has the keys fetched once in a while, however many come, and good ones stay good', async () => {
    const known = await rsa.sign(good());
    await read(known);
    const evil = await keyPair('RS256', 'rsa');
    const forged = await Promise.all(
      Array.from({ length: 50 }, (_, index) => evil.sign(good({ jti: `made-up-${index}` }))),
    );
    for (const token of forged) await refused(token);
    expect(published.asked).toBe(1);
    pass(COOLDOWN_MS);
    await Promise.all([...forged.map(refused), read(await ec.sign(good()))]);
    expect(published.asked).toBe(2);
    published.broken = 'away';
    pass(COOLDOWN_MS);
    await Promise.all([...forged.map(refused), read(await ec.sign(good({ jti: 'another' })))]);
    expect(published.asked).toBe(3);
    await read(known);
  });

  it('is refused by a withdrawn key also where no new one is asked for, once the keys are old', async () => {
    await read(await rsa.sign(good()));
    published.keys = [ec.jwk];
    pass(REFRESH_AFTER_MS + 1);
    await read(await rsa.sign(good()));
    await expect.poll(() => published.asked).toBe(2);
    await expect
      .poll(async () =>
        read(await rsa.sign(good({ jti: `${Math.random()}` }))).then(
          () => 'good',
          () => 'refused',
        ),
      )
      .toBe('refused');
  });

  it('that was good is verified anew once the keys are old, and is void by a withdrawn one', async () => {
    const token = await rsa.sign(good({ exp: seconds() + 7_200 }));
    await read(token);
    published.keys = [ec.jwk];
    pass(REFRESH_AFTER_MS + 1);
    // By the old keys still, while the new ones are fetched.
    await read(token);
    await expect.poll(() => published.asked).toBe(2);
    // Only then has the answer come: a key that the old ones lack waits for it.
    await read(await ec.sign(good()));
    pass(VERIFIED_MS + 1);
    await refused(token);
  });

  it('is good while the provider is away: the last good keys stay', async () => {
    await read(await rsa.sign(good()));
    for (const broken of ['', 'not JSON', '{"keys":7}', '{}', '<html>', 'x'.repeat(1_000_000)]) {
      published.broken = broken;
      pass(REFRESH_AFTER_MS + 1);
      const asked = published.asked;
      await read(await rsa.sign(good()));
      await expect.poll(() => published.asked).toBe(asked + 1);
      await read(await ec.sign(good()));
    }
    expect(failures.length).toBeGreaterThan(0);
  });

  it('cannot be told good or bad before the keys were there once: that is said, and the provider is asked in a while', async () => {
    published.broken = 'away';
    const token = await rsa.sign(good());
    const all = Array.from({ length: 20 }, () => read(token).catch((error: unknown) => error));
    for (const error of await Promise.all(all))
      expect(error).toMatchObject({ code: 'identity_away', status: 503 });
    expect(published.asked).toBe(1);
    published.broken = undefined;
    await expect(read(token)).rejects.toMatchObject({
      code: 'identity_away',
      retryAfter: COOLDOWN_MS / 1_000,
    });
    pass(COOLDOWN_MS);
    expect((await read(token)).author.id).toBe('ada');
  });
});
