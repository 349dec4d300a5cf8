import { isMessage, message } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type RunningChat, startChat } from './start-chat.ts';

let chat: RunningChat;
beforeAll(async () => {
  chat = await startChat();
});
afterAll(() => chat.close());

const post = (channel: string, json: unknown, headers: Record<string, string> = {}) =>
  chat.request({ method: 'POST', path: `/v1/channels/${channel}/messages`, json, headers });

const stored = async (channel: string) =>
  (await chat.history.after(channel, 0, 200)).filter(isMessage).map(({ body }) => body);

describe('a post', () => {
  it('is answered with 201, the message and where it is, and is in the log', async () => {
    const answer = await post('posts', { body: 'hello' });
    expect(answer.status).toBe(201);
    expect(answer.headers.location).toBe('/v1/channels/posts/messages/1');
    expect(answer.json).toEqual({
      channel: 'posts',
      seq: 1,
      author: { id: 'guest', name: 'Guest' },
      body: 'hello',
      createdAt: expect.any(String),
    });
    expect(message.strict().parse(answer.json)).toEqual(await chat.history.get('posts', 1));
    expect((await chat.request({ path: answer.headers.location ?? '' })).json).toEqual(answer.json);
  });

  it('arrives on the bus, and is marked published', async () => {
    const answer = await post('published', { body: 'hello' });
    await eventually('the message on the bus', () =>
      chat.arrived.some(({ channel, seq }) => channel === 'published' && seq === answer.json.seq),
    );
    await eventually('the mark', async () =>
      (await chat.history.unpublished(0, 1000)).every(({ channel }) => channel !== 'published'),
    );
  });

  it('takes a text of any kind as it is', async () => {
    const texts = {
      'text/plain': ' a \r\n b ',
      'text/markdown; charset=utf-8': '{"body":1}',
      'Text/Plain': 'é漢🎉',
    };
    for (const [type, body] of Object.entries(texts)) {
      const headers = { 'Content-Type': type };
      const answer = await chat.request({
        method: 'POST',
        path: '/v1/channels/texts/messages',
        body,
        headers,
      });
      expect([answer.status, answer.json.body]).toEqual([201, body]);
    }
    expect(await stored('texts')).toEqual(Object.values(texts));
  });

  it('takes what `curl -d` sends as it is', async () => {
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const body = 'a=1&b=%20 and so on';
    const answer = await chat.request({ method: 'POST', path: '/v1/channels/forms/messages', body, headers });
    expect([answer.status, answer.json.body]).toEqual([201, body]);
  });

  it('is a text when it says no type at all', async () => {
    const answer = await chat.request({
      method: 'POST',
      path: '/v1/channels/typeless/messages',
      body: 'hello',
    });
    expect([answer.status, answer.json.body]).toEqual([201, 'hello']);
  });

  it('goes to the short URL of a channel as well', async () => {
    const answer = await chat.request({ method: 'POST', path: '/c/short', body: 'hello' });
    expect([answer.status, answer.headers.location]).toEqual([201, '/v1/channels/short/messages/1']);
  });

  it('of exactly 64 KiB is taken', async () => {
    const body = 'x'.repeat(64 * 1024);
    expect((await chat.request({ method: 'POST', path: '/c/big', body })).status).toBe(201);
  });

  it('that replies names an event of its channel', async () => {
    await post('replies', { body: 'question' });
    const answer = await post('replies', { body: 'answer', replyTo: 1 });
    expect([answer.status, answer.json.replyTo]).toEqual([201, 1]);
  });

  it('of each of many at once has a seq of its own, without holes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => post('many', { body: `${index}` })),
    );
    const seqs = answers.map(({ json }) => json.seq).sort((one, other) => one - other);
    expect(seqs).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    await eventually(
      'all on the bus',
      () => chat.arrived.filter(({ channel }) => channel === 'many').length === 200,
    );
    const order = chat.arrived.filter(({ channel }) => channel === 'many').map(({ seq }) => seq);
    expect(order).toEqual(seqs);
  });
});

describe('an Idempotency-Key of nobody in particular', () => {
  let behind: RunningChat;
  beforeAll(async () => {
    behind = await startChat(undefined, { proxies: { header: 'x-real-ip', hops: 1 } });
  });
  afterAll(() => behind.close());

  const from = async (address: string, key: string, body: string, replyTo?: number) => {
    const { status, json } = await behind.request({
      method: 'POST',
      path: '/v1/channels/lobby/messages',
      json: { body, ...(replyTo !== undefined && { replyTo }) },
      headers: { 'Idempotency-Key': key, 'X-Real-IP': address },
    });
    return [status, json.seq];
  };

  it('stands in no stranger’s way, with the same message or another, and answers whoever tries again', async () => {
    expect(await from('192.0.2.1', '4711', 'Once')).toEqual([201, 1]);
    expect(await from('192.0.2.2', '4711', 'Once')).toEqual([201, 2]);
    expect(await from('192.0.2.2', '4711', 'Something else')).toEqual([201, 3]);
    expect(await from('192.0.2.1', '4711', 'Once', 1)).toEqual([201, 4]);
    expect(await from('192.0.2.1', '4711', 'Once')).toEqual([200, 1]);
    expect(await from('192.0.2.2', '4711', 'Once')).toEqual([200, 2]);
    expect(await from('192.0.2.2', '4711', 'Something else')).toEqual([200, 3]);
    const { json } = await behind.request({ path: '/v1/channels/lobby/messages' });
    expect(json.messages.map(({ key }: { key: string }) => key)).toEqual(Array(4).fill('4711'));
  });

  it('that is random holds from another address, where the message is the same', async () => {
    const key = crypto.randomUUID();
    expect(await from('192.0.2.1', key, 'on the move')).toEqual([201, 5]);
    expect(await from('2001:db8::1', key, 'on the move')).toEqual([200, 5]);
    expect(await from('192.0.2.1', key, 'another')).toEqual([201, 6]);
  });
});

describe('an Idempotency-Key', () => {
  const key = { 'Idempotency-Key': 'key-1' };

  it('gives the first answer to the same message again, with 200', async () => {
    const first = await post('keys', { body: 'once' }, key);
    const again = await post('keys', { body: 'once' }, key);
    expect(first.json.key).toBe('key-1');
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.json).toEqual(first.json);
    expect(again.headers.location).toBe(first.headers.location);
  });

  it('of somebody with a name is refused with 409 for another message, and nothing is stored', async () => {
    const { headers } = await chat.request({ method: 'POST', path: '/v1/session', json: { name: 'Ada' } });
    const Cookie = headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const ada = { ...key, Cookie, 'Sec-Fetch-Site': 'same-origin' };
    expect((await post('other-keys', { body: 'one' }, ada)).status).toBe(201);
    const answer = await post('other-keys', { body: 'two' }, ada);
    expect([answer.status, answer.json.code]).toEqual([409, 'key_reused']);
    expect(await stored('other-keys')).toEqual(['one']);
  });

  it('used by 50 posts at once stores one message', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => post('storm', { body: 'once' }, { 'Idempotency-Key': 'storm' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(49).fill(200), 201]);
    expect(new Set(answers.map(({ json }) => json.seq))).toEqual(new Set([1]));
    expect(await stored('storm')).toEqual(['once']);
  });
});

it('the metrics count posts by outcome and commits by size, and no label grows with channels', async () => {
  await post('metrics', { body: 'hello' });
  await post('metrics', { body: '' });
  const text = await chat.registry.metrics();
  expect(text).toMatch(/^carillon_posts_total\{outcome="created"\} [1-9]/m);
  expect(text).toMatch(/^carillon_posts_total\{outcome="refused"\} [1-9]/m);
  expect(text).toMatch(/^carillon_commit_batch_messages_count [1-9]/m);
  expect(text).toMatch(/^carillon_commit_seconds_count [1-9]/m);
  expect(text).not.toContain('metrics"');
});
