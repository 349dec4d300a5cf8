import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  AUDIENCE,
  good,
  hs256,
  ISSUER,
  raw,
  SECRET,
  seconds,
  without,
} from '../../packages/auth/test/tokens.ts';
import {
  type IdentityProvider,
  AUDIENCE as PROVIDER_AUDIENCE,
  startIdentityProvider,
} from '../servers/identity-provider.ts';
import type { Answer } from './caller.ts';
import { startTarget, type Target } from './target.ts';

const ADMIN_TOKEN = 'an-admin-token-for-a-test';

/** What a cookie is of a `Set-Cookie`. */
const cookieOf = ({ headers }: Answer) => headers['set-cookie']?.[0]?.split(';')[0] ?? '';

const everything = { subscribe: ['*'], publish: ['*'], moderate: ['*'] };

interface Call {
  method: string;
  path: string;
}

/** Every call that the document has, with something in the place of each parameter. */
async function callsOf(target: Target, methods: readonly string[]): Promise<Call[]> {
  const { paths } = JSON.parse((await target.call('GET', '/openapi.json')).text) as {
    paths: Record<string, Record<string, unknown>>;
  };
  return Object.entries(paths).flatMap(([path, calls]) =>
    Object.keys(calls)
      .filter((method) => methods.includes(method))
      .map((method) => ({
        method: method.toUpperCase(),
        path: path
          .replace('{channel}', 'lobby')
          .replace('{seq}', '1')
          .replace('{emoji}', encodeURIComponent('👍'))
          .replace('{person}', 'ada')
          .replace(/\{[^}]+\}/g, 'x'),
      })),
  );
}

const WRITES = ['post', 'put', 'patch', 'delete'];

describe('AUTH=jwt over HTTP and streams', { timeout: 120_000 }, () => {
  let target: Target;
  const bearer = async (claims = good(), secret = SECRET) => `Bearer ${await hs256(claims, secret)}`;

  beforeAll(async () => {
    target = await startTarget({
      AUTH: 'jwt',
      JWT_SECRET: SECRET,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: AUDIENCE,
      ADMIN_TOKEN,
    });
    const seeded = await target.call('POST', '/c/lobby', { Authorization: `Bearer ${ADMIN_TOKEN}` }, 'first');
    expect(seeded.status).toBe(201);
  });
  afterAll(() => target?.close());

  /** A post, a page, a stream: each way in. */
  const ways = (headers: Record<string, string>) => [
    target.call('POST', '/v1/channels/lobby/messages', { 'Content-Type': 'text/plain', ...headers }, 'x'),
    target.call('GET', '/v1/channels/lobby/messages', headers),
    target.call('GET', '/v1/channels/lobby/stream', headers),
    target.call('GET', '/v1/stream?channel=lobby', headers),
    target.call('GET', '/c/lobby', headers),
  ];

  async function refused(headers: Record<string, string>): Promise<void> {
    for (const answer of await Promise.all(ways(headers))) {
      expect([answer.status, answer.code], JSON.stringify(headers).slice(0, 300)).toEqual([
        401,
        'unauthenticated',
      ]);
    }
  }

  it('lets in callers with a valid token, as far as its claims go', async () => {
    const headers = { Authorization: await bearer() };
    const answers = await Promise.all(ways(headers));
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);
    expect(answers[2]?.text).toContain('"you":{"id":"ada","name":"Ada"},"expiresAt":"');
    expect((await target.call('POST', '/c/team-1', headers, 'x')).code).toBe('forbidden');
    expect((await target.call('GET', '/v1/channels/other/stream', headers)).code).toBe('forbidden');
    expect((await target.call('GET', '/v1/stream?channel=lobby&channel=other', headers)).code).toBe(
      'forbidden',
    );
  });

  it('lets in nobody without a token, whatever else they send', async () => {
    await refused({});
    for (const value of [
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'bearer a b',
      '',
      'null',
      `Token ${ADMIN_TOKEN}`,
    ]) {
      await refused({ Authorization: value });
    }
    await refused({ Cookie: 'carillon_session=e30.e30' });
    await refused({ 'X-Forwarded-User': 'admin', 'X-Real-IP': '127.0.0.1' });
  });

  it('refuses forged, expired, premature and foreign tokens at every entrance', async () => {
    const tokens = [
      raw({ alg: 'none' }, good()),
      raw({ alg: 'none' }, good({ carillon: everything }), 'x'),
      raw({ alg: 'RS256' }, good(), 'x'),
      await hs256(good(), 'another secret of thirty-two bytes!!'),
      await hs256(good({ exp: seconds() - 1 })),
      await hs256(good({ nbf: seconds() + 3_600 })),
      await hs256(good({ iat: seconds() + 3_600 })),
      await hs256(good({ aud: 'another' })),
      await hs256(good({ iss: 'https://evil.example' })),
      await hs256(without('exp')),
      await hs256(without('sub')),
      await hs256(good({ sub: 'admin' })),
      await hs256(good(), 'another secret of thirty-two bytes!!', { kid: '../../dev/null' }),
      await hs256(good({ filling: 'x'.repeat(7_000) })),
    ];
    for (const token of tokens) await refused({ Authorization: `Bearer ${token}` });
    // Above the limit for all headers, none of them is read.
    const huge = await target.call('GET', '/v1/session', {
      Authorization: await bearer(good({ filling: 'x'.repeat(40_000) })),
    });
    expect([huge.status, huge.code]).toEqual([431, 'headers_too_large']);
  });

  it('does everything for the admin token, and nothing for what only looks like it', async () => {
    const headers = { Authorization: `Bearer ${ADMIN_TOKEN}` };
    expect((await Promise.all(ways(headers))).map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);
    const session = JSON.parse((await target.call('GET', '/v1/session', headers)).text);
    expect(session).toMatchObject({ id: 'admin', kind: 'service', grants: everything });
    for (const token of [
      ADMIN_TOKEN.slice(1),
      `${ADMIN_TOKEN}x`,
      ADMIN_TOKEN.toUpperCase(),
      `${ADMIN_TOKEN}=`,
    ]) {
      await refused({ Authorization: `Bearer ${token}` });
    }
    expect((await target.call('POST', '/v1/session', headers)).code).toBe('forbidden');
  });

  it('keeps its own parts going: the checks still read a stream', async () => {
    const answer = await target.call('GET', '/checks', { Accept: 'application/json' });
    const { checks } = JSON.parse(answer.text) as { checks: { name: string; status: string }[] };
    expect(checks.find(({ name }) => name === 'broadcast')).toMatchObject({ status: 'ok' });
  });

  it('makes a session of a token, which ends with it, and of nothing else', async () => {
    const exp = seconds() + 600;
    const made = await target.call('POST', '/v1/session', { Authorization: await bearer(good({ exp })) });
    expect(JSON.parse(made.text)).toMatchObject({
      id: 'ada',
      expiresAt: new Date(exp * 1_000).toISOString(),
    });
    const headers = { Cookie: cookieOf(made) };
    expect((await target.call('GET', '/v1/channels/lobby/stream', headers)).status).toBe(200);
    for (const body of ['{"name":"Ada"}', '{}']) {
      const named = await target.call('POST', '/v1/session', { 'Content-Type': 'application/json' }, body);
      expect([named.code, named.headers['set-cookie']]).toEqual(['unauthenticated', undefined]);
    }
    vi.useFakeTimers({ toFake: ['Date'], now: (exp - 1) * 1_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect((await target.call('GET', '/v1/channels/lobby/messages', headers)).status).toBe(200);
    vi.setSystemTime(exp * 1_000);
    await refused(headers);
  });

  it('ends a session for good when its person signs out, also for anybody with a copy of the cookie', async () => {
    const token = await bearer(good({ jti: 'signs out' }));
    const cookie = cookieOf(await target.call('POST', '/v1/session', { Authorization: token }));
    const other = cookieOf(await target.call('POST', '/v1/session', { Authorization: token }));
    expect((await target.call('POST', '/c/lobby', { Cookie: cookie }, 'x')).status).toBe(201);
    const out = await target.call('DELETE', '/v1/session', { Cookie: cookie });
    expect([out.status, out.headers['set-cookie']?.[0]]).toEqual([
      200,
      expect.stringMatching(/^carillon_session=; Max-Age=0; /),
    ]);
    await refused({ Cookie: cookie });
    expect((await target.call('POST', '/v1/tickets', { Cookie: cookie })).code).toBe('unauthenticated');
    const shown = await target.call('GET', '/v1/session', { Cookie: cookie });
    expect(JSON.parse(shown.text).kind).toBe('anonymous');
    // Another session of the same person is another.
    expect((await target.call('POST', '/c/lobby', { Cookie: other }, 'x')).status).toBe(201);
    // And a token can be ended, too: no new session comes of it.
    await target.call('DELETE', '/v1/session', { Authorization: token });
    await refused({ Authorization: token });
    expect((await target.call('POST', '/v1/session', { Authorization: token })).code).toBe('unauthenticated');
    // What was made of it before goes on.
    expect((await target.call('POST', '/c/lobby', { Cookie: other }, 'x')).status).toBe(201);
  });

  it('accepts no session over https that a sibling host or plain http could have planted', async () => {
    const https = { 'X-Forwarded-Proto': 'https' };
    const Authorization = await bearer();
    const planted = cookieOf(await target.call('POST', '/v1/session', { Authorization }));
    expect((await target.call('GET', '/v1/channels/lobby/stream', { Cookie: planted })).status).toBe(200);
    await refused({ Cookie: planted, ...https });
    const shown = await target.call('GET', '/v1/session', { Cookie: planted, ...https });
    expect(JSON.parse(shown.text).kind).toBe('anonymous');
    const own = cookieOf(await target.call('POST', '/v1/session', { Authorization, ...https }));
    expect(own).toMatch(/^__Host-carillon_session=/);
    const answers = await Promise.all(ways({ Cookie: `${planted}; ${own}`, ...https }));
    expect(answers.map(({ status }) => status)).toEqual([201, 200, 200, 200, 200]);
  });

  it('gives each sign-in a session of its own, whatever cookie it sends', async () => {
    const eve = cookieOf(
      await target.call('POST', '/v1/session', { Authorization: await bearer(good({ sub: 'eve' })) }),
    );
    const idOf = (cookie: string) =>
      JSON.parse(
        Buffer.from(cookie.slice(cookie.indexOf('=') + 1).split('.')[0] ?? '', 'base64url').toString(),
      );
    const fixed = await target.call('POST', '/v1/session', { Authorization: await bearer(), Cookie: eve });
    expect(idOf(cookieOf(fixed)).author.id).toBe('ada');
    expect(idOf(cookieOf(fixed)).session).not.toBe(idOf(eve).session);
  });

  it('accepts a ticket once, from its owner, for what its owner may read', async () => {
    const issue = async (headers: Record<string, string>) => target.call('POST', '/v1/tickets', headers);
    expect((await issue({})).code).toBe('unauthenticated');
    const issued = await issue({ Authorization: await bearer() });
    expect(issued.status).toBe(201);
    const { ticket } = JSON.parse(issued.text);
    const path = `/v1/channels/lobby/stream?ticket=${ticket}`;
    const [first, second] = await Promise.all([target.call('GET', path), target.call('GET', path)]);
    expect([first.status, second.status].sort()).toEqual([200, 401]);
    expect((await target.call('GET', path)).code).toBe('unauthenticated');
    // It is for streams alone.
    const other = JSON.parse((await issue({ Authorization: await bearer() })).text).ticket;
    expect((await target.call('POST', `/c/lobby?ticket=${other}`, {}, 'x')).code).toBe('unauthenticated');
    expect((await target.call('GET', '/v1/session', { Authorization: `Bearer ${other}` })).code).toBe(
      'unauthenticated',
    );
    expect((await target.call('GET', `/v1/channels/other/stream?ticket=${other}`)).code).toBe('forbidden');
    expect(target.logged.join('')).not.toContain(ticket);
  });

  it('accepts no write with a cookie from a page of another origin, in any call', async () => {
    const cookie = cookieOf(
      await target.call('POST', '/v1/session', {
        Authorization: await bearer(good({ carillon: everything })),
      }),
    );
    const calls = await callsOf(target, WRITES);
    expect(calls.length).toBeGreaterThan(10);
    for (const { method, path } of calls) {
      for (const from of [
        { Origin: 'https://evil.example' },
        { Origin: 'null' },
        { Origin: `http://127.0.0.1:${target.port + 1}` },
        { Origin: `http://127.0.0.1:${target.port}.evil.example` },
        { 'Sec-Fetch-Site': 'cross-site' },
        { 'Sec-Fetch-Site': 'same-site' },
      ]) {
        const headers = { Cookie: cookie, 'Content-Type': 'application/json', ...from };
        const answer = await target.call(method, path, headers, '{"body":"x","name":"x","seq":1}');
        // Webhooks and exports are not configured here, and say so before anything else.
        const refusals = /\/(?:webhooks|exports)\b/.test(path) ? [403, 501] : [403];
        expect(
          refusals,
          `${method} ${path} ${JSON.stringify(from)}: ${answer.status} ${answer.text}`,
        ).toContain(answer.status);
      }
    }
    const session = JSON.parse((await target.call('GET', '/v1/session', { Cookie: cookie })).text);
    expect(session.id).toBe('ada');
    const page = JSON.parse(
      (await target.call('GET', '/v1/channels/lobby/messages', { Cookie: cookie })).text,
    );
    expect(page.messages[0]).toMatchObject({ body: 'first' });
  });

  it('writes no header and no log line that a caller made up', async () => {
    const before = target.logged.length;
    const forged = '\r\n{"level":60,"msg":"forged"}\r\nSet-Cookie: forged=1';
    for (const sub of ['ada', `ada${forged}`]) {
      const token = await bearer(good({ sub, name: `Ada${forged}`, jti: forged, iss: ISSUER }));
      const answer = await target.call('POST', '/v1/session', { Authorization: token });
      expect(answer.headers['set-cookie']?.join() ?? '').not.toContain('forged=1');
      expect([200, 401]).toContain(answer.status);
      if (answer.status === 200) expect(JSON.parse(answer.text).name).not.toMatch(/[\r\n]/);
    }
    const escaped = encodeURIComponent(forged);
    const headers = {
      'User-Agent': `x${'y'.repeat(2_000)}`,
      'X-Request-ID': 'a b',
      Authorization: await bearer(),
    };
    for (const path of [
      `/v1/auth/login?return=${escaped}`,
      `/v1/auth/callback?code=${escaped}&state=${escaped}`,
      `/v1/channels/${escaped}/messages`,
      `/v1/channels/lobby/stream?since=${escaped}`,
      `/v1/channels/lobby/stream?ticket=${escaped}`,
      `/c/${escaped}`,
      `/${escaped}`,
    ]) {
      const answer = await target.call('GET', path, headers);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(JSON.stringify(answer.headers)).not.toContain('forged=1');
    }
    for (const line of target.logged.slice(before)) {
      expect(line.indexOf('\n')).toBe(line.length - 1);
      expect(JSON.parse(line).msg).not.toBe('forged');
    }
    const token = (await bearer()).slice('Bearer '.length);
    expect(target.logged.join('')).not.toContain(token.split('.')[2]);
    expect(target.logged.join('')).not.toContain(ADMIN_TOKEN);
  });
});

describe("AUTH=jwt with a provider's keys", { timeout: 120_000 }, () => {
  let provider: IdentityProvider;
  let target: Target;
  beforeAll(async () => {
    provider = await startIdentityProvider('http://127.0.0.1:9');
    target = await startTarget({
      AUTH: 'jwt',
      JWKS_URL: provider.jwksUrl,
      JWT_ISSUER: provider.issuer,
      JWT_AUDIENCE: PROVIDER_AUDIENCE,
    });
  });
  afterAll(async () => {
    await target?.close();
    await provider?.close();
  });

  it("lets in callers with the provider's token, also while the provider is away", async () => {
    const headers = { Authorization: `Bearer ${await provider.token()}` };
    const posted = await target.call('POST', '/c/lobby', headers, 'x');
    expect(JSON.parse(posted.text)).toMatchObject({ author: { id: 'carillon', name: 'A program' } });
    expect((await target.call('POST', '/c/other', headers, 'x')).code).toBe('forbidden');
    const later = { Authorization: `Bearer ${await provider.token()}` };
    await provider.close();
    expect((await target.call('POST', '/c/lobby', later, 'x')).status).toBe(201);
    expect((await target.call('GET', '/v1/channels/lobby/stream', later)).status).toBe(200);
    const forged = {
      Authorization: `Bearer ${await hs256(good({ iss: provider.issuer, aud: PROVIDER_AUDIENCE }))}`,
    };
    const answer = await target.call('POST', '/c/lobby', forged, 'x');
    expect([answer.code, answer.headers['www-authenticate']]).toEqual(['unauthenticated', 'Bearer']);
  });
});

describe('AUTH=oidc over HTTP, with the provider away', { timeout: 120_000 }, () => {
  let target: Target;
  beforeAll(async () => {
    target = await startTarget({
      AUTH: 'oidc',
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'carillon',
      PUBLIC_URL: 'https://chat.example',
    });
  });
  afterAll(() => target?.close());

  it('redirects only to its own pages', async () => {
    for (const path of [
      'https://evil.example',
      '//evil.example',
      '///evil.example',
      '/\\evil.example',
      '\\\\evil.example',
      '/\t/evil.example',
      '/\n/evil.example',
      '\t//evil.example',
      ' //evil.example',
      '/.//evil.example',
      '/x/..//evil.example',
      '/%2e//evil.example',
      'javascript:alert(1)',
      'data:text/html,x',
      'evil.example',
      'c/lobby',
      '',
      '@evil.example',
      'http:evil.example',
      'http:/evil.example',
      `/${'x'.repeat(3_000)}`,
    ]) {
      const answer = await target.call('GET', `/v1/auth/login?return=${encodeURIComponent(path)}`);
      expect([answer.status, answer.headers.location], JSON.stringify(path)).toEqual([422, undefined]);
    }
  });

  it('says that the provider is away, and goes on with what needs no provider', async () => {
    const answer = await target.call('GET', '/v1/auth/login?return=/c/lobby%3Fx=1%23y');
    expect([answer.status, answer.code, answer.headers['retry-after']]).toEqual([503, 'identity_away', '2']);
    expect((await target.call('GET', '/v1/session')).status).toBe(200);
    expect((await target.call('GET', '/v1/auth/callback?code=x&state=x')).code).toBe('unauthenticated');
  });
});
