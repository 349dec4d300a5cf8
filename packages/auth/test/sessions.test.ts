import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSessions, SESSION_COOKIE } from '../src/index.ts';

const SECRET = 'a secret of some length';
const sessions = createSessions(SECRET);

/** What a browser sends back for a `Set-Cookie`. */
const sentBack = (setCookie: string) => setCookie.slice(0, setCookie.indexOf(';'));

describe('a session', () => {
  it('is read back from its own cookie, whatever the name', () => {
    for (const name of ['Ada', '李雷', 'a.b.c', 'O\'Brien "x"; =', '👩‍👩‍👧']) {
      const { author, cookie } = sessions.issue(name);
      expect(author.name).toBe(name);
      expect(sessions.read(sentBack(cookie))).toEqual(author);
      expect(createSessions(SECRET).read(sentBack(cookie))).toEqual(author);
    }
  });

  it('holds the longest name there can be', () => {
    const { author, cookie } = sessions.issue('漢'.repeat(64));
    expect(sessions.read(sentBack(cookie))).toEqual(author);
  });

  it('keeps its id through a rename, and another session has another', () => {
    const first = sessions.issue('Ada');
    const renamed = sessions.issue('Countess', first.author.id);
    expect(renamed.author).toEqual({ id: first.author.id, name: 'Countess' });
    expect(sessions.issue('Ada').author.id).not.toBe(first.author.id);
  });

  it('lies in a cookie that scripts cannot read and other sites cannot send with a write', () => {
    const attributes = sessions.issue('Ada').cookie.split('; ').slice(1);
    expect(attributes).toEqual(['Path=/', 'Max-Age=31536000', 'HttpOnly', 'SameSite=Lax']);
  });

  it('is found among other cookies, and not in one whose name only ends alike', () => {
    const { author, cookie } = sessions.issue('Ada');
    const pair = sentBack(cookie);
    expect(sessions.read(`a=1; ${pair}; b=2`)).toEqual(author);
    expect(sessions.read(`a=1;${pair}`)).toEqual(author);
    expect(sessions.read(`x${pair}`)).toBeUndefined();
    expect(sessions.read(`x=${pair}`)).toBeUndefined();
  });

  it('refuses a name that cannot be one', () => {
    for (const name of ['', '  ', 'x'.repeat(65), 'a\u0000b', 'a\nb', 'half \ud800']) {
      expect(() => sessions.issue(name)).toThrow();
    }
  });
});

describe('a cookie that is not ours', () => {
  const pair = sentBack(sessions.issue('Ada').cookie);

  it('is no session when any of its characters is changed', () => {
    for (let at = SESSION_COOKIE.length + 1; at < pair.length - 1; at++) {
      const other = pair[at] === 'A' ? 'B' : 'A';
      expect(sessions.read(pair.slice(0, at) + other + pair.slice(at + 1))).toBeUndefined();
    }
  });

  it('is no session when it is cut anywhere', () => {
    for (let end = 0; end < pair.length; end++) expect(sessions.read(pair.slice(0, end))).toBeUndefined();
  });

  it('is no session when another secret signed it', () => {
    expect(createSessions('another secret, as long').read(pair)).toBeUndefined();
  });

  it('is no session when it is too long, and is not remembered', () => {
    expect(sessions.read(`${pair}${'A'.repeat(10_000)}`)).toBeUndefined();
  });

  it('never throws, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(sessions.read(text)).toBeUndefined();
        expect(sessions.read(`${SESSION_COOKIE}=${text}`)).toBeUndefined();
        expect(sessions.read(`${SESSION_COOKIE}=v1.${text}.${text}`)).toBeUndefined();
      }),
    );
    expect(sessions.read(undefined)).toBeUndefined();
  });
});

it('more sessions than are remembered are all still read', () => {
  const issued = Array.from({ length: 5000 }, (_, index) => sessions.issue(`guest ${index}`));
  for (const round of [1, 2]) {
    for (const { author, cookie } of issued)
      expect(sessions.read(sentBack(cookie)), `${round}`).toEqual(author);
  }
});

it('a secret that is too short is refused', () => {
  expect(() => createSessions('fifteen letters')).toThrow(RangeError);
});
