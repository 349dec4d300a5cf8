import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../servers/lent.ts';
import { ADMIN_TOKEN } from '../servers/standalones.ts';
import { signToken } from '../servers/tokens.ts';
import { type Answer, call as callAt } from './caller.ts';

/** In the names of channels and people, and in what is searched for: the servers have others, too. */
const OWN = randomBytes(3).toString('hex');
const HELLO = `hello${OWN}`;

/** The outcome of a call: the code of a refusal, or `ok` if access refused nothing, even if the call failed later. */
type Verdict = 'ok' | 'unauthenticated' | 'forbidden' | 'not_found' | 'muted' | 'banned' | 'archived';

/** What a call is, to access. `own`: of a message that somebody else wrote. */
type Kind =
  | 'read'
  | 'read as somebody'
  | 'write'
  | 'write as somebody'
  | 'react'
  | 'own'
  | 'read own'
  | 'moderate'
  | 'create'
  | 'moderate everything'
  | 'call at all';

interface Call {
  readonly kind: Kind;
  readonly body?: unknown;
  readonly query?: string;
}

/** Every call of the document that access decides about. */
const TABLE: Readonly<Record<string, Call>> = {
  'GET /v1/channels/{channel}': { kind: 'read' },
  'GET /v1/channels/{channel}/messages': { kind: 'read' },
  'GET /v1/channels/{channel}/messages/{seq}': { kind: 'read' },
  'GET /v1/channels/{channel}/events': { kind: 'read' },
  'GET /v1/channels/{channel}/pins': { kind: 'read' },
  'GET /v1/channels/{channel}/presence': { kind: 'read' },
  'GET /v1/channels/{channel}/members': { kind: 'read' },
  'GET /v1/channels/{channel}/stream': { kind: 'read' },
  'GET /v1/stream': { kind: 'read', query: 'channel={channel}' },
  'GET /c/{channel}': { kind: 'read' },
  'GET /v1/search': { kind: 'read', query: `q=${HELLO}&channel={channel}` },
  'PUT /v1/channels/{channel}/read': { kind: 'read as somebody', body: { seq: 1 } },
  'POST /v1/channels/{channel}/messages': { kind: 'write', body: { body: 'hello' } },
  'POST /c/{channel}': { kind: 'write', body: { body: 'hello' } },
  'POST /v1/channels/{channel}/typing': { kind: 'write as somebody' },
  'PUT /v1/channels/{channel}/messages/{seq}/reactions/{emoji}': { kind: 'react' },
  'DELETE /v1/channels/{channel}/messages/{seq}/reactions/{emoji}': { kind: 'react' },
  'PATCH /v1/channels/{channel}/messages/{seq}': { kind: 'own', body: { body: 'other words' } },
  'GET /v1/channels/{channel}/messages/{seq}/revisions': { kind: 'read own' },
  'DELETE /v1/channels/{channel}/messages/{seq}': { kind: 'own' },
  'PUT /v1/channels/{channel}': { kind: 'create' },
  'PATCH /v1/channels/{channel}': { kind: 'moderate', body: { topic: 'a topic' } },
  'PUT /v1/channels/{channel}/pins/{seq}': { kind: 'moderate' },
  'DELETE /v1/channels/{channel}/pins/{seq}': { kind: 'moderate' },
  'PUT /v1/channels/{channel}/members/{person}': { kind: 'moderate' },
  'DELETE /v1/channels/{channel}/members/{person}': { kind: 'moderate' },
  'GET /v1/channels/{channel}/mutes': { kind: 'moderate' },
  'PUT /v1/channels/{channel}/mutes/{person}': { kind: 'moderate', body: { seconds: 60 } },
  'DELETE /v1/channels/{channel}/mutes/{person}': { kind: 'moderate' },
  'GET /v1/channels/{channel}/bans': { kind: 'moderate' },
  'PUT /v1/channels/{channel}/bans/{person}': { kind: 'moderate', body: { seconds: 60 } },
  'DELETE /v1/channels/{channel}/bans/{person}': { kind: 'moderate' },
  'GET /v1/audit': { kind: 'moderate', query: 'channel={channel}' },
  'GET /v1/mutes': { kind: 'moderate everything' },
  'PUT /v1/mutes/{person}': { kind: 'moderate everything', body: { seconds: 60 } },
  'DELETE /v1/mutes/{person}': { kind: 'moderate everything' },
  'GET /v1/bans': { kind: 'moderate everything' },
  'PUT /v1/bans/{person}': { kind: 'moderate everything', body: { seconds: 60 } },
  'DELETE /v1/bans/{person}': { kind: 'moderate everything' },
  'POST /v1/people/{person}/revocation': { kind: 'moderate everything' },
  'DELETE /v1/people/{person}/revocation': { kind: 'moderate everything' },
  'POST /v1/tickets': { kind: 'call at all' },
};

/** Calls that access has no say in, and why. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'GET /v1/channels': 'lists what one may read; looked at below',
  'GET /v1/session': 'says that one is nobody',
  'POST /v1/session': 'how one becomes somebody',
  'DELETE /v1/session': 'everybody may sign out',
  'GET /v1/auth/login': 'how one becomes somebody',
  'GET /v1/auth/callback': 'how one becomes somebody',
  'GET /checks': 'for everybody',
  'POST /v1/channels/{channel}/webhooks': 'for the admin token alone; chat-service/test/webhooks.test.ts',
  'GET /v1/channels/{channel}/webhooks': 'as above',
  'GET /v1/channels/{channel}/webhooks/{id}': 'as above',
  'DELETE /v1/channels/{channel}/webhooks/{id}': 'as above',
  'POST /v1/channels/{channel}/webhooks/{id}/resume': 'as above',
  'POST /v1/channels/{channel}/exports': 'for the admin token alone; chat-service/test/exports.test.ts',
  'GET /v1/exports/{id}': 'for anyone with its id',
  'GET /v1/exports/{id}/file': 'for anyone with its id',
};

const PLACES = ['public', 'private', 'archived', 'missing'] as const;
type Place = (typeof PLACES)[number];
const NAMES: Record<Exclude<Place, 'missing'>, string> = {
  public: `open-${OWN}-room`,
  private: `secret-${OWN}-room`,
  archived: `old-${OWN}-room`,
};

const everywhere = { subscribe: ['*'], publish: ['*'], moderate: [] as string[] };
const idOf = (name: string) => `${name}-${OWN}`;
const bearer = (sub: string, carillon: object, more: object = {}) =>
  `Bearer ${signToken(idOf(sub), { carillon, ...more })}`;

/** The callers, and the `Authorization` header that each sends. */
const AUTHORIZATIONS: Readonly<Record<string, string | undefined>> = {
  anonymous: undefined,
  'without grants': bearer('ned', { subscribe: [], publish: [], moderate: [] }),
  'with patterns': bearer('pat', { subscribe: [`open-${OWN}-*`], publish: [], moderate: [] }),
  'writes only': bearer('wes', { subscribe: [], publish: ['*'], moderate: [] }),
  'non-member': bearer('nora', everywhere),
  member: bearer('mia', everywhere),
  owner: bearer('olga', everywhere),
  moderator: bearer('max', { ...everywhere, moderate: ['*'] }),
  muted: bearer('mute', everywhere),
  'banned here': bearer('bert', everywhere),
  banned: bearer('ben', everywhere),
  revoked: bearer('rob', everywhere),
  expired: bearer('eric', everywhere, { exp: Math.floor(Date.now() / 1_000) - 120 }),
  service: `Bearer ${ADMIN_TOKEN}`,
};
const MEMBERS = ['mia', 'mute', 'bert', 'ben', 'rob', 'eric', 'writer'];

/** What the contract says, apart from the code that decides. */
function expected(who: string, kind: Kind, place: Place): Verdict {
  if (['anonymous', 'revoked', 'expired'].includes(who)) return 'unauthenticated';
  if (who === 'banned') return 'banned';
  if (kind === 'call at all') return 'ok';
  const moderates = who === 'moderator' || who === 'service';
  if (kind === 'moderate everything') return moderates ? 'ok' : 'forbidden';
  // The answer contains a message, so a caller that may not read it learns nothing about it.
  if (kind === 'react' || kind === 'own' || kind === 'read own') {
    const reads = expected(who, 'read', place);
    if (reads !== 'ok') return reads;
    const has = moderates || (who === 'owner' && place !== 'missing');
    if (kind !== 'react' && has) return 'ok';
    // A missing message has no author, and a caller that may not write is refused for that alone.
    const own = expected(who, kind === 'read own' ? 'read' : 'write', place);
    return own === 'ok' && kind !== 'react' && place !== 'missing' ? 'forbidden' : own;
  }
  if (kind === 'create') {
    if (who === 'without grants' || who === 'with patterns') return 'forbidden';
    if (who === 'muted') return 'muted';
    return who === 'banned here' && place !== 'missing' ? 'banned' : 'ok';
  }
  const reads = kind.startsWith('read');
  const inGrants =
    who !== 'without grants' &&
    !(who === 'writes only' && kind.startsWith('read')) &&
    (who !== 'with patterns' || (reads && ['public', 'missing'].includes(place)));
  if (kind !== 'moderate' && !inGrants) return 'forbidden';
  const outside = ['without grants', 'with patterns', 'writes only', 'non-member'].includes(who);
  if (place === 'private' && outside) return 'not_found';
  if (who === 'banned here' && place !== 'missing') return 'banned';
  if (reads) return 'ok';
  if (kind === 'moderate') return moderates || (who === 'owner' && place !== 'missing') ? 'ok' : 'forbidden';
  if (who === 'muted') return 'muted';
  return place === 'archived' ? 'archived' : 'ok';
}

const NO_CHANNEL = 'There is no such channel.';

function verdict({ code, text }: Answer, place: Place): Verdict {
  switch (code) {
    case 'unauthenticated':
    case 'forbidden':
    case 'muted':
    case 'banned':
    case 'archived':
      return code;
    case 'not_found':
      // A moderator learns that a channel is missing.
      return text.includes(NO_CHANNEL) && place !== 'missing' ? code : 'ok';
    default:
      return 'ok';
  }
}

let fresh = 0;
const channelOf = (place: Place): string => {
  if (place !== 'missing') return NAMES[place];
  fresh += 1;
  return `open-${OWN}-none-${fresh}`;
};

describe('who may do what', { timeout: 600_000 }, () => {
  let port: number;

  const call = (method: string, path: string, authorization?: string, body?: unknown) =>
    callAt(port, {
      method,
      path,
      headers: {
        ...(authorization !== undefined && { Authorization: authorization }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  const admin = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, AUTHORIZATIONS.service, body);
    expect(answer.status, `${method} ${path} ${answer.text}`).toBeLessThan(300);
  };
  const ask = (name: string, { body, query }: Call, authorization: string | undefined, place: Place) => {
    const [method = '', path = ''] = name.split(' ');
    const channel = channelOf(place);
    const filled = `${path}${query === undefined ? '' : `?${query}`}`
      .replaceAll('{channel}', channel)
      // The first event of each says how the channel was made.
      .replace('{seq}', method === 'DELETE' && path.endsWith('{seq}') ? '3' : '2')
      .replace('{emoji}', encodeURIComponent('👍'))
      // A sanction by somebody with more rights stays; for a person without sanctions there is nothing to lift.
      .replace('{person}', idOf(method === 'DELETE' ? 'nobody' : 'somebody'));
    return call(method, filled, authorization, body);
  };

  beforeAll(async () => {
    ({ port } = await lentStandalone('guarded'));
    for (const place of ['public', 'private', 'archived'] as const) {
      const path = `/v1/channels/${NAMES[place]}`;
      const visibility = place === 'public' ? 'public' : place === 'private' ? 'private' : 'public';
      const made = await call('PUT', path, AUTHORIZATIONS.owner, { visibility });
      expect(made.status).toBe(201);
      for (const id of MEMBERS) await admin('PUT', `${path}/members/${idOf(id)}`);
      const writer = bearer('writer', everywhere);
      for (const body of [HELLO, `${HELLO} again`]) {
        expect((await call('POST', `${path}/messages`, writer, { body })).status).toBe(201);
      }
      await admin('PUT', `${path}/bans/${idOf('bert')}`, { seconds: 3_600 });
    }
    await admin('PATCH', `/v1/channels/${NAMES.archived}`, { archived: true });
    await admin('PUT', `/v1/mutes/${idOf('mute')}`, { seconds: 3_600 });
    await admin('PUT', `/v1/bans/${idOf('ben')}`, { seconds: 3_600 });
    await admin('POST', `/v1/people/${idOf('rob')}/revocation`);
  });

  it('has a row for every call, and no other rows', async () => {
    const { paths } = JSON.parse((await call('GET', '/openapi.json')).text) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const calls = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...Object.keys(TABLE), ...Object.keys(ELSEWHERE)].sort()).toEqual(calls.sort());
  });

  it.each(Object.entries(TABLE))('%s answers each caller as the contract says', async (name, row) => {
    const found: string[] = [];
    const meant: string[] = [];
    const places: readonly Place[] =
      name.includes('{channel}') || row.query !== undefined ? PLACES : ['public'];
    for (const place of places) {
      const callers = Object.entries(AUTHORIZATIONS);
      const asked = ([, authorization]: (typeof callers)[number]) => ask(name, row, authorization, place);
      // What changes nothing is asked at once.
      const answers = name.startsWith('GET ') ? await Promise.all(callers.map(asked)) : [];
      for (const [index, caller] of callers.entries()) {
        const [who] = caller;
        const answer = answers[index] ?? (await asked(caller));
        expect(answer.status, `${who} ${place} ${answer.text}`).toBeLessThan(500);
        found.push(`${who}, ${place}: ${verdict(answer, place)}`);
        meant.push(`${who}, ${place}: ${expected(who, row.kind, place)}`);
      }
    }
    expect(found).toEqual(meant);
  });

  it('a stream opened by ticket answers each caller as one opened by token', async () => {
    const found: string[] = [];
    const meant: string[] = [];
    for (const place of PLACES) {
      for (const [who, authorization] of Object.entries(AUTHORIZATIONS)) {
        const issued = await call('POST', '/v1/tickets', authorization);
        const ticket = issued.code === undefined ? JSON.parse(issued.text).ticket : undefined;
        const path = `/v1/channels/${channelOf(place)}/stream?ticket=${ticket}`;
        const answer = ticket === undefined ? issued : await call('GET', path);
        if (answer.code === undefined) expect(answer.text).toContain('event: open');
        found.push(`${who}, ${place}: ${verdict(answer, place)}`);
        meant.push(`${who}, ${place}: ${expected(who, 'read', place)}`);
      }
    }
    expect(found).toEqual(meant);
  });

  it('lists and search show each caller what they may read, and nothing else', async () => {
    for (const [who, authorization] of Object.entries(AUTHORIZATIONS)) {
      const readable = (['public', 'private', 'archived'] as const)
        .filter((place) => expected(who, 'read', place) === 'ok')
        .map((place) => NAMES[place]);
      const shown = new Set<string>();
      for (const path of ['/v1/channels?limit=200', `/v1/search?q=${HELLO}&limit=50`]) {
        const answer = await call('GET', path, authorization);
        for (const name of Object.values(NAMES)) if (answer.text.includes(`"${name}"`)) shown.add(name);
        const hidden = Object.values(NAMES).filter((name) => !readable.includes(name));
        for (const name of hidden) expect(answer.text, `${who} ${path}`).not.toContain(name);
      }
      expect([...shown].sort(), who).toEqual(readable.sort());
    }
  });
});

describe('who may do what on a server that lets everybody in', { timeout: 300_000 }, () => {
  let port: number;
  beforeAll(async () => {
    ({ port } = await lentStandalone('usual'));
  });

  /** A guest with a name. */
  const guest = async (name: string) => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ name });
    const answer = await callAt(port, { method: 'POST', path: '/v1/session', headers, body });
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    return { id: JSON.parse(answer.text).id as string, headers: { Cookie: cookie } };
  };

  it('lets callers without a session read and post, and do nothing that needs a name', async () => {
    const [gus, olga] = [await guest('Gus'), await guest('Olga')];
    const own = { ...olga.headers, 'Content-Type': 'application/json' };
    const made = async (path: string, body: object) => {
      const answer = await callAt(port, { method: 'PUT', path, headers: own, body: JSON.stringify(body) });
      expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300);
    };
    const channels = ['open', 'secret', 'members'].map((name) => `${name}-${OWN}-room`);
    const [open, secret, members] = channels;
    await made(`/v1/channels/${secret}`, { visibility: 'private' });
    await made(`/v1/channels/${members}`, { visibility: 'private' });
    await made(`/v1/channels/${members}/members/${gus.id}`, {});
    for (const body of [HELLO, 'again']) await callAt(port, { method: 'POST', path: `/c/${open}`, body });
    const callers = { anonymous: {}, guest: gus.headers };
    const rows: Partial<Record<Kind, [anonymous: Verdict[], guest: Verdict[]]>> = {
      read: [
        ['ok', 'not_found', 'not_found'],
        ['ok', 'not_found', 'ok'],
      ],
      'read as somebody': [
        ['unauthenticated', 'not_found', 'not_found'],
        ['ok', 'not_found', 'ok'],
      ],
      write: [
        ['ok', 'not_found', 'not_found'],
        ['ok', 'not_found', 'ok'],
      ],
      'write as somebody': [
        ['unauthenticated', 'unauthenticated', 'unauthenticated'],
        ['ok', 'not_found', 'ok'],
      ],
      react: [
        ['unauthenticated', 'unauthenticated', 'unauthenticated'],
        ['ok', 'not_found', 'ok'],
      ],
      moderate: [
        ['unauthenticated', 'unauthenticated', 'unauthenticated'],
        ['forbidden', 'not_found', 'forbidden'],
      ],
      'moderate everything': [
        ['unauthenticated', 'unauthenticated', 'unauthenticated'],
        ['forbidden', 'forbidden', 'forbidden'],
      ],
    };
    const found: string[] = [];
    const meant: string[] = [];
    for (const [name, { kind, body, query }] of Object.entries(TABLE)) {
      const row = rows[kind];
      if (row === undefined) continue;
      const [method = '', path = ''] = name.split(' ');
      for (const [place, channel] of channels.entries()) {
        const filled = `${path}${query === undefined ? '' : `?${query}`}`
          .replaceAll('{channel}', channel)
          .replace('{seq}', '1')
          .replace('{emoji}', encodeURIComponent('👍'))
          .replace('{person}', idOf('somebody'));
        for (const [index, [who, headers]] of Object.entries(callers).entries()) {
          const answer = await callAt(port, {
            method,
            path: filled,
            headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
            body: body === undefined ? undefined : JSON.stringify(body),
          });
          found.push(`${who} ${name} ${channel}: ${verdict(answer, 'public')}`);
          meant.push(`${who} ${name} ${channel}: ${row[index]?.[place]}`);
        }
      }
    }
    expect(found).toEqual(meant);
  });
});
