import { openAuthenticator } from '@carillon/auth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JWT_SECRET, signToken } from '../../tests/servers/tokens.ts';
import { type Document, describedBy, type Operation } from './described.ts';
import { type RunningChat, SESSION_SECRET, startChat } from './start-chat.ts';

const ADMIN = 'admin-token-of-a-test';

let chat: RunningChat;
let document: Document;
let validate: ReturnType<typeof describedBy>;

const token = (sub: string) =>
  signToken(sub, { carillon: { subscribe: ['*'], publish: ['*'], moderate: [] } });

/** What each sends. The last may do most. */
const CALLERS: Readonly<Record<string, string | undefined>> = {
  anonymous: undefined,
  banned: token('ben'),
  muted: token('mute'),
  stranger: token('ned'),
  owner: token('ada'),
  service: ADMIN,
};
const CHANNELS = ['open', 'secret', 'old', 'nobody'];

const ask = (method: string, path: string, bearer: string | undefined, json?: unknown) =>
  chat.request({
    method: method.toUpperCase(),
    path,
    ...(bearer !== undefined && { headers: { Authorization: `Bearer ${bearer}` } }),
    ...(json !== undefined && { json }),
  });

beforeAll(async () => {
  const auth = openAuthenticator({
    mode: 'jwt',
    sessionSecret: SESSION_SECRET,
    tokens: { secret: JWT_SECRET },
    adminToken: ADMIN,
  });
  chat = await startChat(undefined, { auth });
  document = (await chat.request({ path: '/openapi.json' })).json;
  validate = describedBy(document);
  for (const channel of ['open', 'secret', 'old']) {
    const visibility = channel === 'secret' ? 'private' : 'public';
    await ask('put', `/v1/channels/${channel}`, CALLERS.owner, { visibility });
    await ask('post', `/c/${channel}`, CALLERS.owner, { body: 'hello' });
  }
  await ask('patch', '/v1/channels/old', CALLERS.owner, { archived: true });
  await ask('put', '/v1/mutes/mute', ADMIN, { seconds: 3_600 });
  expect((await ask('put', '/v1/bans/ben', ADMIN, { seconds: 3_600 })).status).toBe(200);
});
afterAll(() => chat.close());

/** The path with what there is in it, and a query where one is needed; the rest by the document's examples. */
function filled(path: string, { parameters = [] }: Operation, channel: string): string {
  const values: Record<string, string> = { channel, seq: '2' };
  const of = ({ name, schema, example }: (typeof parameters)[number]) =>
    encodeURIComponent(values[name] ?? String(schema.example ?? example));
  let made = path;
  for (const parameter of parameters) made = made.replace(`{${parameter.name}}`, of(parameter));
  return path === '/v1/search' ? `${made}?q=hello&channel=${channel}` : made;
}

function bodyOf({ requestBody }: Operation): unknown {
  const name = requestBody?.content['application/json']?.schema.$ref?.split('/').at(-1);
  return name === undefined ? undefined : document.components.schemas[name]?.example;
}

describe('the OpenAPI document describes the answer', () => {
  it.each(Object.keys(CALLERS))('to each call of a caller: %s', async (who) => {
    const statuses = new Set<number>();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        // A broadcast node answers those.
        if (operation.tags?.includes('streams')) continue;
        for (const channel of path.includes('{channel}') || path === '/v1/search' ? CHANNELS : ['open']) {
          const url = filled(path, operation, channel);
          const answer = await ask(method, url, CALLERS[who], bodyOf(operation));
          statuses.add(answer.status);
          expect(answer.status, `${method} ${url} ${answer.text}`).not.toBe(500);
          validate(path, method, answer);
        }
      }
    }
    // It reaches more than refusals of all that is sent.
    expect(statuses.size).toBeGreaterThan(3);
  });
});
