import { openAuthenticator } from '@carillon/auth';
import { HistoryUnavailable } from '@carillon/history';
import { isChange, message, Problem } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { UNLIMITED } from '../src/index.ts';
import type { Asked } from './request.ts';
import { type RunningChat, SESSION_SECRET, startChat } from './start-chat.ts';

const ADMIN = { Authorization: 'Bearer the-admin-token-of-the-tests' };
const WITHIN_MS = 20_000;

let chat: RunningChat;
let limited = false;
let full = false;
let away = false;
let awayToReaders = false;
const { sessions } = openAuthenticator({ mode: 'open', sessionSecret: SESSION_SECRET });
const guest = (name: string) => ({ Cookie: sessions.issueGuest(name, false).cookie.split(';')[0] ?? '' });
const ADA = guest('Ada');
const BOB = guest('Bob');
const NOBODY = {};

beforeAll(async () => {
  chat = await startChat(
    (history) =>
      new Proxy(history, {
        get(target, name) {
          if (name === 'change' && away) return () => Promise.reject(new HistoryUnavailable('away'));
          if (name === 'messages' && awayToReaders)
            return () => Promise.reject(new HistoryUnavailable('away'));
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
    {
      auth: openAuthenticator({
        mode: 'open',
        sessionSecret: SESSION_SECRET,
        adminToken: 'the-admin-token-of-the-tests',
      }),
      limits: {
        ...UNLIMITED,
        admitPost: () => {
          if (limited) throw new Problem('rate_limited', 'Slower.', { retryAfter: 1 });
          return undefined;
        },
        admitToChannel: () => {
          if (full) throw new Problem('rate_limited', 'Too much for this channel.', { retryAfter: 1 });
          return undefined;
        },
      },
    },
  );
});
afterAll(() => chat.close());

let channels = 0;
const newChannel = () => {
  channels += 1;
  return `changes-${channels}`;
};
const at = (channel: string, seq: number, more = '') => `/v1/channels/${channel}/messages/${seq}${more}`;
const thumb = `/reactions/${encodeURIComponent('👍')}`;
const ask = (method: string, path: string, headers: Record<string, string>, json?: unknown) =>
  chat.request({ method, path, headers, ...(json === undefined ? {} : { json }) });
const post = async (channel: string, headers: Record<string, string>, body = 'hello') => {
  const answer = await ask('POST', `/v1/channels/${channel}/messages`, headers, { body });
  expect(answer.status).toBe(201);
  return answer.json.seq as number;
};
const changesOf = (channel: string) =>
  chat.arrived.filter((event) => event.channel === channel && isChange(event));
const logOf = async (channel: string) =>
  (await ask('GET', `/v1/channels/${channel}/events`, NOBODY)).json.events;

describe('an edit', () => {
  it('gives the message its new text, and reaches the bus', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    const answer = await ask('PATCH', at(channel, 1), ADA, { body: 'bye' });
    expect(answer.status).toBe(200);
    expect(message.strict().parse(answer.json)).toMatchObject({ seq: 1, body: 'bye', changed: 2 });
    expect((await ask('GET', at(channel, 1), NOBODY)).json).toEqual(answer.json);
    await eventually('the edit on the bus', () => changesOf(channel).length === 1, WITHIN_MS);
    expect(changesOf(channel)).toMatchObject([
      { type: 'edit', seq: 2, target: 1, body: 'bye', author: { name: 'Ada' } },
    ]);
    expect((await logOf(channel))[1]).toEqual(changesOf(channel)[0]);
  });

  it('takes a text as curl -d sends it, and the same again makes no event', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    const asked: Asked = {
      method: 'PATCH',
      path: at(channel, 1),
      body: 'as it is',
      headers: { ...ADA, 'Content-Type': 'application/x-www-form-urlencoded' },
    };
    for (const _ of [1, 2])
      expect((await chat.request(asked)).json).toMatchObject({ body: 'as it is', changed: 2 });
    expect(await logOf(channel)).toHaveLength(2);
  });

  it('shows the texts before it to the author and moderators alone', async () => {
    const channel = newChannel();
    await post(channel, ADA, 'a');
    await ask('PATCH', at(channel, 1), ADA, { body: 'b' });
    await ask('PATCH', at(channel, 1), ADMIN, { body: 'c' });
    const path = at(channel, 1, '/revisions');
    for (const who of [ADA, ADMIN]) {
      const { json, status } = await ask('GET', path, who);
      expect(status).toBe(200);
      expect(json).toMatchObject({ channel, seq: 1, next: null });
      expect(
        json.revisions.map(({ body, author }: { body: string; author: { name: string } }) => [
          author.name,
          body,
        ]),
      ).toEqual([
        ['Ada', 'a'],
        ['Ada', 'b'],
        ['Admin', 'c'],
      ]);
    }
    const first = await ask('GET', `${path}?limit=1`, ADA);
    expect(first.json).toMatchObject({ revisions: [{ seq: 1 }], next: `${path}?after=1&limit=1` });
    expect((await ask('GET', first.json.next, ADA)).json.revisions).toMatchObject([{ seq: 2 }]);
    expect((await ask('GET', path, BOB)).json.code).toBe('forbidden');
    expect((await ask('GET', path, NOBODY)).json.code).toBe('unauthenticated');
    expect((await ask('GET', at(channel, 2, '/revisions'), ADA)).json.code).toBe('not_found');
  });
});

describe('a pin', () => {
  const pins = async (channel: string, as: Record<string, string> = NOBODY) =>
    (await ask('GET', `/v1/channels/${channel}/pins`, as)).json.pins;
  const pin = (method: 'PUT' | 'DELETE', channel: string, seq: number, as: Record<string, string> = ADMIN) =>
    ask(method, `/v1/channels/${channel}/pins/${seq}`, as);

  it('is put and taken off by a moderator, listed for all, and an event of the log', async () => {
    const channel = newChannel();
    await post(channel, ADA, 'the rules');
    expect((await pin('PUT', channel, 1)).json).toMatchObject({ seq: 1, body: 'the rules' });
    expect((await pin('PUT', channel, 1)).status).toBe(200);
    expect(await pins(channel)).toMatchObject([
      {
        message: { seq: 1, body: 'the rules' },
        author: { id: 'admin' },
        seq: 2,
        createdAt: expect.any(String),
      },
    ]);
    expect((await pin('DELETE', channel, 1)).status).toBe(200);
    expect(await pins(channel)).toEqual([]);
    expect((await logOf(channel)).slice(1)).toMatchObject([
      { type: 'pin', seq: 2, message: 1, op: 'add' },
      { type: 'pin', seq: 3, message: 1, op: 'remove' },
    ]);
    const audit = await ask('GET', `/v1/audit?channel=${channel}`, ADMIN);
    expect(audit.json.lines.map(({ act }: { act: string }) => act)).toEqual(['unpin_message', 'pin_message']);
  });

  it('is for moderators alone, of a message that is there', async () => {
    const channel = newChannel();
    await post(channel, ADA, 'mine');
    expect((await pin('PUT', channel, 1, ADA)).json.code).toBe('forbidden');
    expect((await pin('PUT', channel, 1, NOBODY)).json.code).toBe('unauthenticated');
    expect((await pin('PUT', channel, 2)).json.code).toBe('not_found');
    expect((await pin('PUT', channel, 0)).json.code).toBe('invalid');
    await ask('DELETE', at(channel, 1), ADA);
    expect((await pin('PUT', channel, 1)).json.code).toBe('deleted');
    expect(await pins(channel)).toEqual([]);
  });
});

describe('a deletion', () => {
  it('leaves a tombstone everywhere, and names the moderator who did it', async () => {
    const channel = newChannel();
    await post(channel, ADA, 'a secret');
    await ask('PATCH', at(channel, 1), ADA, { body: 'a secret, edited' });
    await ask('PUT', at(channel, 1, thumb), BOB);
    const answer = await ask('DELETE', at(channel, 1), ADMIN);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ seq: 1, body: '', deletedAt: expect.any(String), changed: 4 });
    expect(answer.json.reactions).toBeUndefined();
    const paths = [
      at(channel, 1),
      at(channel, 1, '/revisions'),
      `/v1/channels/${channel}/messages`,
      `/v1/channels/${channel}/events`,
      `/v1/channels/${channel}`,
      '/v1/channels?limit=200',
    ];
    for (const path of paths) {
      const { status, text } = await ask('GET', path, ADMIN);
      expect(status).toBe(200);
      expect(text).not.toContain('secret');
    }
    expect((await logOf(channel)).at(-1)).toMatchObject({
      type: 'delete',
      target: 1,
      author: { id: 'admin' },
    });
    const acts = chat.logged.filter((line) => line.includes(`"channel":"${channel}"`));
    expect(acts.map((line) => JSON.parse(line))).toMatchObject([
      { act: 'delete_message', by: 'admin', seq: 1 },
    ]);
    expect(acts.join()).not.toContain('secret');
    const audit = await ask('GET', `/v1/audit?channel=${channel}`, ADMIN);
    expect(audit.json.lines).toMatchObject([
      { act: 'delete_message', by: { id: 'admin' }, details: { seq: 1 } },
    ]);
    expect((await ask('DELETE', at(channel, 1), ADA)).status).toBe(200);
    expect(await logOf(channel)).toHaveLength(4);
    expect((await ask('PATCH', at(channel, 1), ADA, { body: 'x' })).json.code).toBe('deleted');
    expect((await ask('PUT', at(channel, 1, thumb), ADA)).json.code).toBe('deleted');
  });

  it('leaves a message that can still be answered', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    await ask('DELETE', at(channel, 1), ADA);
    const reply = (replyTo: number) =>
      ask('POST', `/v1/channels/${channel}/messages`, BOB, { body: 'why?', replyTo });
    expect((await reply(1)).status).toBe(201);
    expect((await reply(2)).json).toMatchObject({ code: 'invalid', errors: [{ field: 'replyTo' }] });
  });
});

describe('a reaction', () => {
  it('is on the message, marked as theirs for whoever put it', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    const first = await ask('PUT', at(channel, 1, thumb), ADA);
    expect(first.json.reactions).toMatchObject([
      { emoji: '👍', count: 1, people: [{ name: 'Ada' }], mine: true },
    ]);
    await ask('PUT', at(channel, 1, thumb), ADA);
    const { json } = await ask('PUT', at(channel, 1, `/reactions/${encodeURIComponent('❤️')}`), BOB);
    expect(json.reactions.map(({ mine }: { mine?: boolean }) => mine)).toEqual([undefined, true]);
    const page = await ask('GET', `/v1/channels/${channel}/messages`, ADA);
    expect(page.json).toMatchObject({
      head: 3,
      next: null,
      messages: [{ reactions: [{ mine: true }, { count: 1 }] }],
    });
    expect((await ask('GET', at(channel, 1), NOBODY)).text).not.toContain('mine');
    const gone = await ask('DELETE', at(channel, 1, thumb), ADA);
    expect(gone.json.reactions).toHaveLength(1);
    expect((await logOf(channel)).map(({ count }: { count?: number }) => count)).toEqual([
      undefined,
      1,
      1,
      0,
    ]);
  });

  it.each(['x', 'ab', '👍👍', '%E2%9D', ' ', 'x'.repeat(500), encodeURIComponent('👍a')])(
    'of %s is not one, and refused',
    async (emoji) => {
      const channel = newChannel();
      await post(channel, ADA);
      expect((await ask('PUT', at(channel, 1, `/reactions/${encodeURI(emoji)}`), ADA)).json.code).toBe(
        'invalid',
      );
    },
  );

  it('of a 21st emoji is refused', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    const put = (emoji: string) => ask('PUT', at(channel, 1, `/reactions/${encodeURIComponent(emoji)}`), ADA);
    const emojis = [...'😀😃😄😁😆😅🤣😂🙂🙃😉😊😇🥰😍🤩😘😗😚😙😋'];
    const statuses = [];
    for (const emoji of emojis) statuses.push((await put(emoji)).status);
    expect(statuses).toEqual([...emojis.slice(1).map(() => 200), 409]);
    expect((await put(emojis[20] ?? '')).json.code).toBe('limit_reached');
  });
});

describe('who may not change a message', () => {
  const calls = (channel: string, seq: number): [string, string, unknown?][] => [
    ['PATCH', at(channel, seq), { body: 'mine now' }],
    ['DELETE', at(channel, seq)],
    ['PUT', at(channel, seq, thumb)],
    ['DELETE', at(channel, seq, thumb)],
  ];
  const codes = async (channel: string, seq: number, headers: Record<string, string>) => {
    const found = [];
    for (const [method, path, json] of calls(channel, seq))
      found.push((await ask(method, path, headers, json)).json.code);
    return found;
  };

  it('is who has no session, and for a text and a deletion whoever did not write it', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    expect(await codes(channel, 1, NOBODY)).toEqual(Array(4).fill('unauthenticated'));
    expect(await codes(channel, 1, BOB)).toEqual(['forbidden', 'forbidden', undefined, undefined]);
    expect(await codes(channel, 9, ADA)).toEqual(Array(4).fill('not_found'));
    expect(await codes(channel, 2, ADA)).toEqual(Array(4).fill('not_found'));
    expect(await codes('Not-a-channel', 1, ADA)).toEqual(Array(4).fill('invalid'));
    expect((await ask('GET', at(channel, 1), NOBODY)).json).toMatchObject({ body: 'hello' });
  });

  it('of somebody without a name is everybody but moderators', async () => {
    const channel = newChannel();
    await post(channel, NOBODY);
    await post(channel, NOBODY);
    expect((await codes(channel, 1, NOBODY)).slice(0, 2)).toEqual(['unauthenticated', 'unauthenticated']);
    expect((await codes(channel, 1, ADA)).slice(0, 2)).toEqual(['forbidden', 'forbidden']);
    expect((await ask('PATCH', at(channel, 1), ADMIN, { body: 'x' })).status).toBe(200);
    expect((await ask('DELETE', at(channel, 2), ADMIN)).status).toBe(200);
  });

  it('is a page of another origin, and who changes too much', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    expect(await codes(channel, 1, { ...ADA, Origin: 'https://evil.example' })).toEqual(
      Array(4).fill('forbidden'),
    );
    limited = true;
    expect(await codes(channel, 1, ADA)).toEqual(Array(4).fill('rate_limited'));
    limited = false;
    expect(await logOf(channel)).toHaveLength(1);
  });

  it('is everybody while the channel has had as much as it takes, but who deletes and moderators', async () => {
    const channel = newChannel();
    for (const _ of [1, 2, 3]) await post(channel, ADA);
    full = true;
    const refused = [
      await codes(channel, 1, ADA),
      (await ask('PUT', at(channel, 2, thumb), ADMIN)).json.code,
    ];
    const edited = await ask('PATCH', at(channel, 2), ADMIN, { body: 'no spam' });
    const deleted = await ask('DELETE', at(channel, 3), ADMIN);
    full = false;
    expect(refused).toEqual([['rate_limited', undefined, 'rate_limited', 'rate_limited'], 'rate_limited']);
    expect([edited.status, deleted.status]).toEqual([200, 200]);
    expect((await logOf(channel)).slice(3)).toMatchObject([
      { type: 'delete', target: 1 },
      { type: 'edit', target: 2 },
      { type: 'delete', target: 3 },
    ]);
  });

  it('is told all that is wrong with the text', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    const code = async (json: unknown) => (await ask('PATCH', at(channel, 1), ADA, json)).json.code;
    expect(await code({ body: '' })).toBe('invalid');
    expect(await code({ body: 'a\0b' })).toBe('invalid');
    expect(await code({ body: 'x', replyTo: 1 })).toBe('invalid');
    expect(await code({ body: 'x'.repeat(70_000) })).toBe('body_too_large');
    expect(await code([])).toBe('invalid');
  });

  it('is answered from what was committed, should the store be away right after', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    awayToReaders = true;
    const answers = [
      await ask('PUT', at(channel, 1, thumb), ADA),
      await ask('PUT', at(channel, 1, thumb), ADA),
      await ask('PATCH', at(channel, 1), ADA, { body: 'b' }),
      await ask('DELETE', at(channel, 1), ADMIN),
    ];
    awayToReaders = false;
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(({ json }) => json.body)).toEqual(['hello', 'hello', 'b', '']);
    expect(answers[0]?.json.reactions).toMatchObject([{ emoji: '👍', mine: true }]);
  });

  it('is told that nothing was stored while the store is away', async () => {
    const channel = newChannel();
    await post(channel, ADA);
    away = true;
    const answer = await ask('DELETE', at(channel, 1), ADA);
    away = false;
    expect([answer.status, answer.json.code]).toEqual([503, 'history_away']);
    expect((await ask('GET', at(channel, 1), NOBODY)).json.body).toBe('hello');
  });
});

it('the log is read without holes, page by page', async () => {
  const channel = newChannel();
  for (const _ of [1, 2, 3]) await post(channel, ADA);
  await ask('PUT', at(channel, 2, thumb), BOB);
  await ask('PATCH', at(channel, 3), ADA, { body: 'x' });
  await post(channel, BOB);
  const seen: number[] = [];
  let path: string | null = `/v1/channels/${channel}/events?limit=4`;
  for (let pages = 0; path !== null && pages < 5; pages++) {
    const { json, headers } = await ask('GET', path, NOBODY);
    expect(json).toMatchObject({ channel, head: 6, earliest: 1 });
    seen.push(...json.events.map(({ seq }: { seq: number }) => seq));
    path = json.next;
    expect(headers.link).toBe(path === null ? undefined : `<${path}>; rel="next"`);
  }
  expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
  expect((await ask('GET', `/v1/channels/${channel}/events?after=6`, NOBODY)).json).toMatchObject({
    events: [],
    next: null,
  });
  expect((await ask('GET', '/v1/channels/nobody/events?after=x', NOBODY)).json.code).toBe('invalid');
});
