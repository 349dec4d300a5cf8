import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SECURE_SESSION_COOKIE, SESSION_COOKIE } from '../src/index.ts';
import { createSessions, type SignedIn } from '../src/sessions.ts';
import { createSigner } from '../src/signed.ts';

const SECRET = 'a secret of some length';
const sessions = createSessions(SECRET, 'open');

afterEach(() => {
  vi.useRealTimers();
});

/** What a browser sends back for a `Set-Cookie`. */
const sentBack = (setCookie: string) => setCookie.slice(0, setCookie.indexOf(';'));

const person = (more: Partial<SignedIn> = {}): SignedIn => ({
  author: { id: 'ada', name: 'Ada' },
  grants: { subscribe: ['lobby', 'team-*'], publish: ['lobby'], moderate: [] },
  issuedAt: Date.now() - 1_000,
  expiresAt: Date.now() + 60_000,
  ...more,
});

describe('a session', () => {
  it('is read back from its own cookie, whatever the name', () => {
    for (const name of ['Ada', '李雷', 'a.b.c', 'O\'Brien "x"; =', '👩‍👩‍👧']) {
      const { identity, cookie } = sessions.issueGuest(name, false);
      expect(identity).toMatchObject({ kind: 'guest', author: { name } });
      expect(sessions.read(sentBack(cookie), false)).toEqual(identity);
      expect(createSessions(SECRET, 'open').read(sentBack(cookie), false)).toEqual(identity);
    }
  });

  it('of a person keeps the grants and the times', () => {
    const ada = person();
    const { identity, cookie } = sessions.issue(ada, false);
    expect(identity).toEqual({ kind: 'person', session: expect.any(String), ...ada });
    expect(sessions.read(sentBack(cookie), false)).toEqual(identity);
    expect(createSessions(SECRET, 'open').read(sentBack(cookie), false)).toEqual(identity);
  });

  it('holds the longest name there can be', () => {
    const { identity, cookie } = sessions.issueGuest('漢'.repeat(64), false);
    expect(sessions.read(sentBack(cookie), false)).toEqual(identity);
  });

  it('has a name without what is not seen, though the cookie is of a time when it was kept', () => {
    const name = 'A\u200bd\u3164a\u202e';
    expect(sessions.issueGuest(name, false).identity.author.name).toBe('Ada');
    for (const blank of ['\u2800', '\u00ad\u200b']) expect(() => sessions.issueGuest(blank, false)).toThrow();
    const old = (author: object) =>
      `${SESSION_COOKIE}=${createSigner(SECRET, 'session open').seal({ author, session: 's', issuedAt: 1 })}`;
    expect(sessions.read(old({ id: 'a', name }), false)?.author).toEqual({ id: 'a', name: 'Ada' });
    expect(sessions.read(old({ id: 'a', name: '\u2800' }), false)?.author.name).toBe('Somebody');
  });

  it('keeps its author through a rename, and another session has another', () => {
    const first = sessions.issueGuest('Ada', false).identity;
    const renamed = sessions.issueGuest('Countess', false, first.author.id).identity;
    expect(renamed.author).toEqual({ id: first.author.id, name: 'Countess' });
    expect(sessions.issueGuest('Ada', false).identity.author.id).not.toBe(first.author.id);
  });

  it('has an id of its own each time it is given out', () => {
    const guest = sessions.issueGuest('Ada', false).identity;
    const ids = [guest, sessions.issueGuest('Ada', false, guest.author.id).identity];
    for (let time = 0; time < 3; time++) ids.push(sessions.issue(person(), false).identity);
    expect(new Set(ids.map(({ session }) => session)).size).toBe(5);
  });

  it('lies in a cookie that scripts cannot read and other sites cannot send with a write', () => {
    const attributes = (cookie: string) => cookie.split('; ').slice(1);
    const plain = ['Path=/', 'HttpOnly', 'SameSite=Lax'];
    expect(attributes(sessions.issueGuest('Ada', false).cookie)).toEqual(['Max-Age=31536000', ...plain]);
    expect(attributes(sessions.issue(person(), true).cookie)).toEqual(['Max-Age=60', ...plain, 'Secure']);
    expect(attributes(sessions.clear(true))).toEqual(['Max-Age=0', ...plain, 'Secure']);
  });

  it('has another name by https, and no other counts there', () => {
    const [plain, secure] = [false, true].map((secure) => {
      const { identity, cookie } = sessions.issue(person(), secure);
      return { identity, pair: sentBack(cookie) };
    });
    expect(plain?.pair).toMatch(new RegExp(`^${SESSION_COOKIE}=`));
    expect(secure?.pair).toMatch(new RegExp(`^${SECURE_SESSION_COOKIE}=`));
    expect(sentBack(sessions.clear(true))).toBe(`${SECURE_SESSION_COOKIE}=`);
    const both = `${plain?.pair}; ${secure?.pair}`;
    expect([sessions.read(both, false), sessions.read(both, true)]).toEqual([
      plain?.identity,
      secure?.identity,
    ]);
    expect([sessions.read(secure?.pair, false), sessions.read(plain?.pair, true)]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('ends when it expires, also where it was read before', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const pair = sentBack(sessions.issue(person({ expiresAt: Date.now() + 1_000 }), false).cookie);
    expect(sessions.read(pair, false)).toMatchObject({ author: { id: 'ada' } });
    vi.advanceTimersByTime(1_000);
    expect(sessions.read(pair, false)).toBeUndefined();
    expect(createSessions(SECRET, 'open').read(pair, false)).toBeUndefined();
  });

  it('is found among other cookies, and not in one whose name only ends alike', () => {
    const { identity, cookie } = sessions.issueGuest('Ada', false);
    const pair = sentBack(cookie);
    expect(sessions.read(`a=1; ${pair}; b=2`, false)).toEqual(identity);
    expect(sessions.read(`a=1;${pair}`, false)).toEqual(identity);
    expect(sessions.read(`x${pair}`, false)).toBeUndefined();
    expect(sessions.read(`x=${pair}`, false)).toBeUndefined();
  });

  it('refuses a name that cannot be one', () => {
    for (const name of ['', '  ', 'x'.repeat(65), 'a\u0000b', 'a\nb', 'half \ud800']) {
      expect(() => sessions.issueGuest(name, false)).toThrow();
    }
  });

  it('is refused where its grants do not fit into a cookie that browsers keep', () => {
    const some = (count: number) =>
      Array.from({ length: count }, (_, index) => `team-${index}-${'x'.repeat(40)}`);
    const grants = (count: number) => ({ subscribe: some(count), publish: [], moderate: [] });
    const { cookie } = sessions.issue(person({ grants: grants(40) }), true);
    expect(Buffer.byteLength(cookie)).toBeLessThan(4_096);
    expect(() => sessions.issue(person({ grants: grants(200) }), true)).toThrow(
      expect.objectContaining({ code: 'limit_reached' }),
    );
  });
});

describe('a cookie that is not ours', () => {
  const pair = sentBack(sessions.issue(person(), false).cookie);

  it('is no session when any of its characters is changed, the last one too', () => {
    for (let at = SESSION_COOKIE.length + 1; at < pair.length; at++) {
      const other = pair[at] === 'A' ? 'B' : 'A';
      expect(sessions.read(pair.slice(0, at) + other + pair.slice(at + 1), false), `${at}`).toBeUndefined();
    }
  });

  it('is no session when it is cut anywhere', () => {
    for (let end = 0; end < pair.length; end++)
      expect(sessions.read(pair.slice(0, end), false)).toBeUndefined();
  });

  it('is no session when its content is exchanged under the signature', () => {
    const [payload = '', signature] = pair.slice(SESSION_COOKIE.length + 1).split('.');
    const content = JSON.parse(Buffer.from(payload, 'base64url').toString());
    for (const change of [
      { author: { id: 'eve', name: 'Ada' } },
      { expiresAt: Date.now() + 1e9 },
      { grants: { subscribe: ['*'], publish: ['*'], moderate: ['*'] } },
    ]) {
      const forged = Buffer.from(JSON.stringify({ ...content, ...change })).toString('base64url');
      expect(sessions.read(`${SESSION_COOKIE}=${forged}.${signature}`, false)).toBeUndefined();
      expect(sessions.read(`${SESSION_COOKIE}=${forged}.`, false)).toBeUndefined();
    }
  });

  it('is no session when another secret signed it, or the same for another way to sign in', () => {
    expect(createSessions('another secret, as long', 'open').read(pair, false)).toBeUndefined();
    expect(createSessions(SECRET, 'oidc').read(pair, false)).toBeUndefined();
    const guest = sentBack(sessions.issueGuest('Ada', false).cookie);
    expect(createSessions(SECRET, 'jwt').read(guest, false)).toBeUndefined();
  });

  it('is no session when it is too long, and is not remembered', () => {
    expect(sessions.read(`${pair}${'A'.repeat(10_000)}`, false)).toBeUndefined();
  });

  it('never throws, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sessions.read(text, false)).toBeUndefined();
        expect(sessions.read(`${SESSION_COOKIE}=${text}`, false)).toBeUndefined();
        expect(sessions.read(`${SESSION_COOKIE}=${text}.${text}`, false)).toBeUndefined();
      }),
    );
    expect(sessions.read(undefined, false)).toBeUndefined();
  });
});

it('more sessions than are remembered are all still read', () => {
  const issued = Array.from({ length: 5000 }, (_, index) => sessions.issueGuest(`guest ${index}`, false));
  for (const round of [1, 2]) {
    for (const { identity, cookie } of issued)
      expect(sessions.read(sentBack(cookie), false), `${round}`).toEqual(identity);
  }
});

it('a secret that is too short is refused', () => {
  expect(() => createSessions('fifteen letters', 'open')).toThrow(RangeError);
});
