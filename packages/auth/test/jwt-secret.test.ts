import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { CLOCK_SKEW_SECONDS, createTokens } from '../src/tokens.ts';
import { AUDIENCE, good, hs256, ISSUER, raw, SECRET, seconds, without } from './tokens.ts';

const tokens = createTokens({ secret: SECRET, issuer: ISSUER, audience: AUDIENCE });
const read = async (token: string) => tokens.read(token);
const refused = (token: string) =>
  expect(read(token), token.slice(0, 200)).rejects.toMatchObject({ code: 'unauthenticated' });

afterEach(() => {
  vi.useRealTimers();
});

describe('a token signed by JWT_SECRET', () => {
  it('says who one is, what one may, and until when', async () => {
    const claims = good();
    expect(await read(await hs256(claims))).toEqual({
      kind: 'person',
      author: { id: 'ada', name: 'Ada' },
      grants: { subscribe: ['lobby', 'team-*'], publish: ['lobby'], moderate: [] },
      session: expect.stringMatching(/^[\w-]{43}$/),
      issuedAt: Number(claims.iat) * 1_000,
      expiresAt: Number(claims.exp) * 1_000,
    });
  });

  it('is known at once when it comes again, until it expires', async () => {
    const token = await hs256(good({ exp: seconds() + 5 }));
    const first = tokens.read(token);
    expect(first).toBeInstanceOf(Promise);
    // Verified by another thread: what is not waited for may end when the token has expired.
    await first;
    expect(tokens.read(token)).toMatchObject({ author: { id: 'ada' } });
    vi.useFakeTimers({ now: Date.now() + 6_000, toFake: ['Date'] });
    await refused(token);
  });

  it('gives nothing where it has no claim of ours, and a name where it has none', async () => {
    const nothing = { subscribe: [], publish: [], moderate: [] };
    expect(await read(await hs256(without('carillon')))).toMatchObject({ grants: nothing });
    expect(await read(await hs256(without('name')))).toMatchObject({ author: { id: 'ada', name: 'ada' } });
    const named = { ...without('name'), preferred_username: 'countess' };
    expect(await read(await hs256(named))).toMatchObject({ author: { name: 'countess' } });
  });

  it('gives a name without what is not seen, or the next that can be shown', async () => {
    const named = async (more: object) => (await read(await hs256({ ...good(), ...more }))).author.name;
    expect(await named({ name: '\u202eA\u200bda\u3164' })).toBe('Ada');
    expect(await named({ name: `Z${'\u0301'.repeat(40)}` })).toBe('Ź\u0301\u0301\u0301\u0301');
    expect(await named({ name: '\u2800', preferred_username: 'countess' })).toBe('countess');
    expect(await named({ name: '\u2800', preferred_username: '\u3164' })).toBe('ada');
    expect(await named({ sub: '\u2800', name: '\u2800' })).toBe('Somebody');
  });

  it('that does not say when it was issued is older than any revocation', async () => {
    expect(await read(await hs256(without('iat')))).toMatchObject({ issuedAt: 0 });
  });

  it('bears clocks that differ a little, not more', async () => {
    const within = seconds() + CLOCK_SKEW_SECONDS - 5;
    const beyond = seconds() + CLOCK_SKEW_SECONDS + 15;
    await read(await hs256(good({ iat: within, nbf: within })));
    await refused(await hs256(good({ nbf: beyond })));
    await refused(await hs256(good({ iat: beyond })));
  });

  it('is refused when it is expired, or does not say when it expires', async () => {
    for (const exp of [seconds() - 1, seconds() - CLOCK_SKEW_SECONDS - 10, 0, -1]) {
      await refused(await hs256(good({ exp })));
    }
    await refused(await hs256(without('exp')));
    for (const exp of ['2099-01-01', null, true, [], 1e300]) {
      const claims = { ...good(), exp } as never;
      await refused(await hs256(claims));
    }
  });

  it('is refused for another audience, of another issuer, or without either', async () => {
    for (const claims of [
      good({ aud: 'another' }),
      good({ aud: [] }),
      good({ aud: `${AUDIENCE} ` }),
      good({ iss: 'https://evil.example' }),
      good({ iss: `${ISSUER}/` }),
      without('aud'),
      without('iss'),
    ]) {
      await refused(await hs256(claims));
    }
    await read(await hs256(good({ aud: ['another', AUDIENCE] })));
  });

  it('is refused with any other algorithm, and with none', async () => {
    for (const alg of [
      'none',
      'None',
      'NONE',
      'nOnE',
      '',
      'HS384',
      'HS512',
      'RS256',
      'ES256',
      'EdDSA',
      'dir',
    ]) {
      const header = { alg, typ: 'JWT' };
      await refused(raw(header, good()));
      const [signed = ''] = /^[^.]+\.[^.]+/.exec(raw(header, good())) ?? [];
      const mac = createHmac('sha256', SECRET).update(signed).digest();
      await refused(raw(header, good(), mac));
    }
    await refused(raw({ typ: 'JWT' }, good()));
    const kept = await hs256(good());
    await refused(kept.slice(0, kept.lastIndexOf('.') + 1));
    await refused(kept.slice(0, kept.lastIndexOf('.')));
  });

  it('is refused when another secret signed it, or anything in it was changed', async () => {
    await refused(await hs256(good(), 'another secret of thirty-two bytes!!'));
    const [header = '', , signature = ''] = (await hs256(good())).split('.');
    const claims = Buffer.from(JSON.stringify(good({ sub: 'eve' }))).toString('base64url');
    await refused(`${header}.${claims}.${signature}`);
    const token = await hs256(good());
    for (let at = 0; at < token.length; at += 7) {
      if (token[at] === '.') continue;
      await refused(token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1));
    }
  });

  it('cannot bring its own key, nor say where one is', async () => {
    const secret = 'the secret of somebody else, as long as it is';
    const jwk = { kty: 'oct', k: Buffer.from(secret).toString('base64url'), alg: 'HS256' };
    for (const header of [
      { jwk },
      { jku: 'http://127.0.0.1:9/jwks' },
      { x5u: 'http://127.0.0.1:9/cert' },
      { kid: '../../../../dev/null' },
      { kid: "x' union select 'secret'--" },
      { kid: 'http://127.0.0.1:9/key' },
    ]) {
      await refused(await hs256(good(), secret, header));
    }
    // An empty key, as of a file that is none.
    await refused(raw({ alg: 'HS256', kid: '/dev/null' }, good(), createHmac('sha256', '').digest()));
  });

  it('is refused where it has extensions that are not understood', async () => {
    await refused(raw({ alg: 'HS256', crit: ['b64'], b64: false }, good(), 'x'));
    await refused(raw({ alg: 'HS256', crit: ['exp'] }, good(), 'x'));
  });

  it('is refused where it is no token, or a huge one, at once', async () => {
    for (const text of ['', '.', '..', '...', 'a.b.c', 'null', '{}', `${'A'.repeat(1_000)}.A.A`])
      await refused(text);
    const huge = await hs256(good({ filling: 'x'.repeat(1_000_000) }));
    // The time of the processor: a machine that does other work takes longer for all.
    const before = process.cpuUsage();
    await refused(huge);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });

  it('is refused where a claim is not what it should be', async () => {
    for (const claims of [
      good({ sub: '' }),
      good({ sub: 'x'.repeat(129) }),
      good({ sub: 'a\nb' }),
      good({ sub: 'a\r\nX-Injected: 1' }),
      good({ sub: 'a\u0000b' }),
      good({ sub: '\u202eada' }),
      good({ sub: ' ada' }),
      good({ sub: 'admin' }),
      good({ sub: 'guest' }),
      good({ sub: 5 as never }),
      without('sub'),
      good({ carillon: 'everything' }),
      good({ carillon: { subscribe: '*' } }),
      good({ carillon: { subscribe: ['Lobby'] } }),
      good({ carillon: { subscribe: ['a'.repeat(65)] } }),
      good({ carillon: { subscribe: [5] } }),
      good({ carillon: null }),
    ]) {
      await refused(await hs256(claims));
    }
  });

  it('shows a name on one line, however it was written', async () => {
    const named = async (name: unknown) => {
      const { author } = await read(await hs256(good({ name })));
      return author.name;
    };
    expect(await named('Ada\r\nSet-Cookie: a=b\u0000\u001b[31m')).toBe('Ada Set-Cookie: a=b [31m');
    expect(await named(`${'👩'.repeat(40)}`)).toBe('👩'.repeat(32));
    expect(await named('half \ud800')).toBe('half \ufffd');
    for (const name of ['', ' \t ', 7, null, ['Ada'], { first: 'Ada' }])
      expect(await named(name)).toBe('ada');
  });

  it('names a session of its own: by its jti, else by all of it', async () => {
    const session = async (claims: object) => (await read(await hs256({ ...good(), ...claims }))).session;
    expect(await session({ jti: '1', x: 1 })).toBe(await session({ jti: '1', x: 2 }));
    expect(await session({ jti: '1' })).not.toBe(await session({ jti: '1', sub: 'eve' }));
    expect(await session({ x: 1 })).not.toBe(await session({ x: 2 }));
  });
});

it('a secret that is too short, two ways to verify, and none, are refused at the start', () => {
  expect(() => createTokens({ secret: 'x'.repeat(31) })).toThrow(RangeError);
  expect(() => createTokens({ secret: SECRET, jwksUrl: 'https://issuer.example/jwks' })).toThrow(RangeError);
  expect(() => createTokens({})).toThrow(RangeError);
});
