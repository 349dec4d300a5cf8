import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { openAuthenticator } from '@carillon/auth';
import { isChange } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { JWT_SECRET, signToken } from '../../tests/servers/tokens.ts';
import type { Answer } from './request.ts';
import { type RunningChat, startChat } from './start-chat.ts';

const ADMIN = 'admin-token-of-a-test';

let chat: RunningChat;
beforeAll(async () => {
  const auth = openAuthenticator({
    mode: 'jwt',
    sessionSecret: 'a secret for the tests',
    tokens: { secret: JWT_SECRET },
    adminToken: ADMIN,
  });
  chat = await startChat(undefined, { auth });
});
afterAll(() => chat.close());

const token = (sub: string, moderate: string[] = []) =>
  signToken(sub, { carillon: { subscribe: ['*'], publish: ['*'], moderate } });

const call = (as: string) => (method: string, path: string, json?: unknown) =>
  chat.request({
    method,
    path: `/v1${path}`,
    headers: { Authorization: `Bearer ${as}` },
    ...(json !== undefined && { json }),
  });
const person = (sub: string, moderate?: string[]) => call(token(sub, moderate));
const admin = call(ADMIN);
const post = (channel: string) => ['POST', `/channels/${channel}/messages`, { body: 'hello' }] as const;
const code = ({ status, json }: Answer) => json?.code ?? status;

describe('a channel', () => {
  it('is made by a call, owned by its maker, and its settings are changed by owners and moderators', async () => {
    const [ada, bob] = [person('ada'), person('bob')];
    const made = await ada('PUT', '/channels/plans', {
      visibility: 'private',
      topic: 'What we plan',
      members: [{ id: 'bob', name: 'Bob' }],
    });
    expect([made.status, made.headers.location]).toEqual([201, '/v1/channels/plans']);
    expect(made.json).toMatchObject({
      channel: 'plans',
      visibility: 'private',
      topic: 'What we plan',
      archived: false,
      createdBy: { id: 'ada', name: 'ada' },
    });
    expect(code(await bob('PUT', '/channels/plans'))).toBe('exists');
    expect(code(await bob('PATCH', '/channels/plans', { topic: 'b' }))).toBe('forbidden');
    expect(code(await person('eve')('PATCH', '/channels/plans', { topic: 'b' }))).toBe('not_found');
    for (const by of [ada, person('mod', ['plans']), admin]) {
      const topic = `now ${Math.random()}`;
      const changed = await by('PATCH', '/channels/plans', { topic });
      expect([changed.status, changed.json.topic]).toEqual([200, topic]);
    }
    expect((await bob('GET', '/channels/plans')).status).toBe(200);
    expect(code(await person('eve')('GET', '/channels/plans'))).toBe('not_found');
  });

  it('says in its log what it has become, and that goes to the bus', async () => {
    const ada = person('ada');
    await ada('PUT', '/channels/told', { topic: 'a' });
    await ada('PATCH', '/channels/told', { archived: true });
    await ada('PATCH', '/channels/told', { archived: true });
    const events = () => chat.arrived.filter((event) => event.channel === 'told');
    await eventually('both events', () => events().length === 2);
    expect(events()).toMatchObject([
      { type: 'channel', seq: 1, topic: 'a', visibility: 'public', author: { id: 'ada' } },
      { type: 'channel', seq: 2, archived: true },
    ]);
    expect((await chat.history.after('told', 0, 10)).filter(isChange)).toEqual(events());
    expect(code(await ada(...post('told')))).toBe('archived');
    await ada('PATCH', '/channels/told', { archived: false });
    expect(code(await ada(...post('told')))).toBe(201);
  });

  it('is not changed by a body that says nothing', async () => {
    const ada = person('ada');
    await ada('PUT', '/channels/kept');
    for (const body of [undefined, {}]) {
      const { status, json } = await ada('PATCH', '/channels/kept', body);
      expect([status, json.code, json.errors[0].field]).toEqual([422, 'invalid', 'body']);
    }
  });

  it.each(['/mutes', '/bans', '/channels/paged/mutes', '/channels/paged/bans', '/channels/paged/members'])(
    'is asked for a page of %s after an id that nobody can have: that is refused',
    async (path) => {
      const { status, json } = await admin('GET', `${path}?after=a%00`);
      expect([status, json.code, json.errors[0].field]).toEqual([422, 'invalid', 'after']);
    },
  );

  it('has members that its owners add and remove, and that may leave', async () => {
    const [ada, bob, eve] = [person('ada'), person('bob'), person('eve')];
    await ada('PUT', '/channels/club', { visibility: 'private' });
    expect(code(await bob('GET', '/channels/club/members'))).toBe('not_found');
    const added = await ada('PUT', '/channels/club/members/bob', { name: 'Bob' });
    expect([added.status, added.json]).toMatchObject([201, { id: 'bob', name: 'Bob', role: 'member' }]);
    expect((await ada('PUT', '/channels/club/members/bob', { name: 'Bob' })).status).toBe(200);
    const listed = await bob('GET', '/channels/club/members?limit=1');
    expect(listed.json).toMatchObject({
      members: [{ id: 'ada', role: 'owner' }],
      next: '/v1/channels/club/members?after=ada&limit=1',
    });
    expect((await bob('GET', listed.json.next.slice(3))).json).toMatchObject({
      members: [{ id: 'bob' }],
      next: null,
    });
    expect(code(await bob('PUT', '/channels/club/members/eve'))).toBe('forbidden');
    expect(code(await bob('DELETE', '/channels/club/members/ada'))).toBe('forbidden');
    expect(code(await eve('DELETE', '/channels/club/members/eve'))).toBe('not_found');
    expect((await bob('DELETE', '/channels/club/members/bob')).status).toBe(204);
    expect(code(await bob('GET', '/channels/club'))).toBe('not_found');
    expect(code(await ada('DELETE', '/channels/club/members/bob'))).toBe('not_found');
  });

  it('names people by any id that a provider may give', async () => {
    const ada = person('ada');
    await ada('PUT', '/channels/ids');
    const id = 'auth0|5/ä b';
    const path = `/channels/ids/members/${encodeURIComponent(id)}`;
    expect((await ada('PUT', path)).json).toMatchObject({ id, name: id });
    expect((await ada('DELETE', path)).status).toBe(204);
    expect(code(await ada('PUT', `/channels/ids/members/${'x'.repeat(129)}`))).toBe('invalid');
    expect(code(await ada('PUT', '/channels/ids/members/%00'))).toBe('invalid');
  });
});

describe('a moderator', () => {
  const mod = () => person('mod', ['*']);

  it('mutes and bans for a time, on a channel or everywhere, lists what holds, and lifts it', async () => {
    const eve = person('eve-1');
    const path = '/channels/square/mutes/eve-1';
    const set = await mod()('PUT', path, { seconds: 60, reason: 'shouting' });
    expect(set.json).toMatchObject({ kind: 'mute', person: 'eve-1', channel: 'square', reason: 'shouting' });
    expect(set.json.by).toEqual({ id: 'mod', name: 'mod' });
    const refused = await eve(...post('square'));
    expect([refused.status, refused.json]).toMatchObject([
      403,
      { code: 'muted', until: set.json.until, detail: expect.stringContaining('shouting') },
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(30);
    expect(code(await eve(...post('elsewhere')))).toBe(201);
    expect((await eve('GET', '/channels/square/messages')).status).toBe(200);
    expect((await mod()('GET', '/channels/square/mutes')).json).toEqual({
      sanctions: [set.json],
      next: null,
    });
    expect((await mod()('DELETE', path)).status).toBe(204);
    expect(code(await mod()('DELETE', path))).toBe('not_found');
    expect(code(await eve(...post('square')))).toBe(201);

    await mod()('PUT', '/channels/square/bans/eve-1', { seconds: 60 });
    expect(code(await eve('GET', '/channels/square/presence'))).toBe('banned');
    expect(code(await eve('GET', '/channels/elsewhere/presence'))).toBe(200);
    await mod()('PUT', '/bans/eve-1', { seconds: 60 });
    expect(code(await eve('GET', '/channels/elsewhere/presence'))).toBe('banned');
    expect(code(await eve('PUT', '/channels/mine'))).toBe('banned');
    expect((await mod()('GET', '/bans')).json.sanctions).toMatchObject([{ person: 'eve-1' }]);
    expect((await mod()('DELETE', '/bans/eve-1')).status).toBe(204);
    expect(code(await eve('GET', '/channels/elsewhere/presence'))).toBe(200);
  });

  it('does it only where they moderate, and everywhere only with the right to everything', async () => {
    const sanction = { seconds: 60 };
    const some = person('some', ['team-*']);
    expect((await some('PUT', '/channels/team-a/bans/eve-2', sanction)).status).toBe(200);
    expect(code(await some('PUT', '/channels/square/bans/eve-2', sanction))).toBe('forbidden');
    expect(code(await some('PUT', '/bans/eve-2', sanction))).toBe('forbidden');
    expect(code(await some('GET', '/mutes'))).toBe('forbidden');
    expect(code(await person('eve')('PUT', '/channels/square/bans/bob', sanction))).toBe('forbidden');
    const nobody = await chat.request({ method: 'PUT', path: '/v1/bans/bob', json: sanction });
    expect(code(nobody)).toBe('unauthenticated');
  });

  it('cannot be banned by one with fewer rights, nor by themselves, nor the administrator by anybody', async () => {
    const sanction = { seconds: 60 };
    await person('olga')('PUT', '/channels/olgas');
    const olga = person('olga');
    await olga('PUT', '/channels/olgas/bans/mod', sanction);
    expect(code(await mod()('GET', '/channels/olgas/presence'))).toBe(200);
    await person('some', ['olgas'])('PUT', '/channels/olgas/bans/olga', sanction);
    expect(code(await olga('GET', '/channels/olgas/presence'))).toBe('banned');
    expect(code(await mod()('PUT', '/bans/mod', sanction))).toBe('forbidden');
    expect(code(await mod()('PUT', '/bans/admin', sanction))).toBe('forbidden');
    await admin('PUT', '/channels/olgas/bans/eve-3', sanction);
    expect(code(await mod()('DELETE', '/channels/olgas/bans/eve-3'))).toBe('forbidden');
    expect((await admin('DELETE', '/channels/olgas/bans/eve-3')).status).toBe(204);
  });

  it('ends all sessions and tokens of a person; one that is made after is good', async () => {
    const before = person('frank');
    const revoked = await mod()('POST', '/people/frank/revocation');
    expect(revoked.json).toMatchObject({ person: 'frank', before: expect.stringMatching(/Z$/) });
    expect(code(await before('GET', '/channels/square/presence'))).toBe('unauthenticated');
    expect(code(await before('POST', '/people/frank/revocation'))).toBe('unauthenticated');
    const later = { iat: Math.floor(Date.now() / 1_000) + 1, carillon: { subscribe: ['*'] } };
    const after = call(signToken('frank', later));
    expect(code(await after('GET', '/channels/square/presence'))).toBe(200);
    expect(code(await person('eve')('POST', '/people/frank/revocation'))).toBe('forbidden');
    expect((await person('grace')('POST', '/people/grace/revocation')).status).toBe(200);
  });

  it('takes that back, for who moderates everything, and what was issued before is good again', async () => {
    const before = person('ivy');
    expect(code(await mod()('DELETE', '/people/ivy/revocation'))).toBe('not_found');
    expect((await mod()('POST', '/people/ivy/revocation')).status).toBe(200);
    expect(code(await before('GET', '/channels/square/presence'))).toBe('unauthenticated');
    // Not by the person, whatever they come with.
    const later = { iat: Math.floor(Date.now() / 1_000) + 1, carillon: { subscribe: ['*'] } };
    expect(code(await call(signToken('ivy', later))('DELETE', '/people/ivy/revocation'))).toBe('forbidden');
    expect(code(await before('DELETE', '/people/ivy/revocation'))).toBe('unauthenticated');
    expect((await mod()('DELETE', '/people/ivy/revocation')).status).toBe(204);
    expect(code(await before('GET', '/channels/square/presence'))).toBe(200);
    const [line] = (await mod()('GET', '/audit')).json.lines;
    expect(line).toMatchObject({ act: 'unrevoke', person: 'ivy' });
  });

  it('does not say that a session is ended where that cannot be kept', async () => {
    const headers = { Authorization: `Bearer ${token('henry')}` };
    const signedIn = await chat.request({ method: 'POST', path: '/v1/session', headers });
    const cookie = { Cookie: signedIn.headers['set-cookie']?.[0]?.split(';')[0] ?? '' };
    const signOut = () => chat.request({ method: 'DELETE', path: '/v1/session', headers: cookie });
    vi.spyOn(chat.history.access, 'revoke').mockResolvedValueOnce({ outcome: 'full' });
    const refused = await signOut();
    expect(code(refused)).toBe('limit_reached');
    expect(refused.headers['set-cookie']).toBeUndefined();
    expect((await chat.request({ path: '/v1/session', headers: cookie })).json.id).toBe('henry');
    expect((await signOut()).status).toBe(200);
    expect((await chat.request({ path: '/v1/session', headers: cookie })).json.kind).toBe('anonymous');
  });

  it('is nothing that anybody does to the id that all without a session share', async () => {
    expect(code(await mod()('POST', '/people/guest/revocation'))).toBe('forbidden');
  });

  it.each([
    ['POST', '/v1/channels/slow/messages'],
    ['PATCH', '/v1/channels/slow/messages/1'],
  ])('keeps out %s %s of who was banned while the text was coming', async (method, path) => {
    const name = `slow-${method.toLowerCase()}`;
    const at = path.replace('slow', name);
    const writer = person('slow-writer');
    expect(code(await writer(...post(name)))).toBe(201);
    let held: IncomingMessage | undefined;
    chat.server.once('request', (incoming: IncomingMessage) => {
      held = incoming;
    });
    const sent = httpRequest({
      ...{ host: '127.0.0.1', port: chat.port, method, path: at, agent: false },
      headers: { Authorization: `Bearer ${token('slow-writer')}`, 'Content-Type': 'application/json' },
    });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    sent.write('{"body":');
    await eventually('the call to wait for its body', () => (held?.listenerCount('data') ?? 0) > 0);
    expect(code(await admin('PUT', `/channels/${name}/bans/slow-writer`, { seconds: 60 }))).toBe(200);
    sent.end('"too late"}');
    const [response] = await answered;
    let text = '';
    for await (const piece of response) text += piece;
    expect(JSON.parse(text).code).toBe('banned');
    const { json } = await admin('GET', `/channels/${name}/messages`);
    expect(json.messages).toMatchObject([{ body: 'hello' }]);
  });

  it('shows no names of channels to who was banned everywhere', async () => {
    expect(code(await admin('PUT', '/bans/pager', { seconds: 60 }))).toBe(200);
    for (const path of ['/channels?limit=1', '/search?q=hello&limit=1'])
      expect(code(await person('pager')('GET', path))).toBe('banned');
  });

  it('reads what was done, and so does the log, without what was said', async () => {
    const own = person('ivan', ['noted']);
    await own('PUT', '/channels/noted', { topic: 'a' });
    await own('PUT', '/channels/noted/bans/eve-4', { seconds: 60, reason: 'spam' });
    const page = await own('GET', '/audit?channel=noted&limit=1');
    expect(page.json).toMatchObject({
      lines: [
        {
          act: 'ban',
          by: { id: 'ivan' },
          channel: 'noted',
          person: 'eve-4',
          details: { seconds: 60, reason: 'spam' },
        },
      ],
    });
    const older = await own('GET', page.json.next.slice(3));
    expect(older.json).toMatchObject({ lines: [{ act: 'create' }], next: null });
    await person('eve-5')(...post('noted'));
    await person('eve-5')('PATCH', '/channels/noted/messages/2', { body: 'mine' });
    await own('DELETE', '/channels/noted/messages/2');
    expect((await own('GET', '/audit?channel=noted')).json.lines).toMatchObject([
      { act: 'delete_message', by: { id: 'ivan' }, person: 'eve-5', details: { seq: 2 } },
      { act: 'ban' },
      { act: 'create' },
    ]);
    expect(code(await own('GET', '/audit'))).toBe('forbidden');
    expect(code(await own('GET', '/audit?channel=square'))).toBe('forbidden');
    expect((await mod()('GET', '/audit?limit=1')).json.lines).toMatchObject([{ act: 'delete_message' }]);
    const line = chat.logged.find((each) => each.includes('"eve-4"'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      act: 'ban',
      by: 'ivan',
      channel: 'noted',
      person: 'eve-4',
    });
  });

  it.each([
    ['/channels/square/bans/eve', {}],
    ['/channels/square/bans/eve', { seconds: 0 }],
    ['/channels/square/bans/eve', { seconds: 1e10 }],
    ['/channels/square/bans/eve', { seconds: 1.5 }],
    ['/channels/square/bans/eve', { seconds: 60, reason: 'a\nb' }],
    ['/channels/square/bans/eve', { seconds: 60, reason: 'x'.repeat(251) }],
    ['/channels/square/bans/eve', { seconds: 60, more: 1 }],
    ['/channels/Square/bans/eve', { seconds: 60 }],
    ['/channels/square', { visibility: 'hidden' }],
    ['/channels/square', { topic: 'a\u0000b' }],
    ['/channels/square', { members: Array.from({ length: 101 }, (_, n) => ({ id: `${n}` })) }],
  ])('is told what is wrong with %s %j', async (path, body) => {
    const answer = await mod()('PUT', path, body);
    expect([answer.status, answer.json.errors?.length]).toEqual([422, 1]);
  });

  it('who has a cookie may not be made to do it by a page of another origin', async () => {
    const answer = await chat.request({
      method: 'PUT',
      path: '/v1/bans/eve',
      json: { seconds: 60 },
      headers: { Cookie: 'carillon_session=x', Origin: 'https://evil.example' },
    });
    expect(code(answer)).toBe('forbidden');
  });
});
