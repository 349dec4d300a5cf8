import { CHANGE_LINE, eventLineOf, STREAM_EVENTS, type StreamEventName } from '@carillon/protocol';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { signToken } from '../../tests/servers/tokens.ts';

/** A heartbeat comes every 15 s; the machine may be busy. */
const patient = { timeout: 40_000, interval: 50 };

interface Described {
  payload: object;
  headers: { properties: Record<string, object> };
}

let server: { url: string };
/** Its token expires while a heartbeat is waited for. */
let short: Awaited<ReturnType<typeof open>>;
let described: Record<string, Described>;
let calls: Record<string, object>;
/** Events whose calls the server does not describe. */
const missing: string[] = [];
/** All that came, of all streams. */
const came: EventSourceMessage[] = [];

beforeAll(async () => {
  server = await lentStandalone('guarded');
  short = await open('/c/events', token('bob', 10));
  described = (await (await fetch(`${server.url}/asyncapi.json`)).json()).components.messages;
  calls = (await (await fetch(`${server.url}/openapi.json`)).json()).paths;
});

/** A token of somebody who may do everything, good for some seconds. */
function token(id: string, seconds = 600): string {
  const now = Math.floor(Date.now() / 1_000);
  const all = { subscribe: ['*'], publish: ['*'], moderate: ['*'] };
  return signToken(id, { name: id.toUpperCase(), iat: now, exp: now + seconds, carillon: all });
}

const bearer = (held: string) => ({ Authorization: `Bearer ${held}` });

async function call(method: string, path: string, json?: object): Promise<Response> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { ...bearer(token('ada')), ...(json && { 'Content-Type': 'application/json' }) },
    ...(json && { body: JSON.stringify(json) }),
  });
  expect(answer.status, `${method} ${path}: ${await answer.clone().text()}`).toBeLessThan(300);
  return answer;
}

/** A stream whose events are kept; `named` counts those of a name. */
async function open(path: string, held = token('ada')) {
  const answer = await fetch(`${server.url}${path}`, { headers: bearer(held) });
  expect(answer.status).toBe(200);
  const events: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent(event) {
      events.push(event);
      came.push(event);
    },
  });
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }));
  })().catch(() => {});
  return {
    ended,
    named: (name: string) => events.filter((event) => nameOf(event) === name),
  };
}

/** What an event is: a change by its type. */
function nameOf({ event = 'message', data }: EventSourceMessage): string {
  return event === CHANGE_LINE ? JSON.parse(data).type : event;
}

/** A schema that takes no more than it names: the document allows what a later server adds, and this server adds nothing. */
function closed(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return 'properties' in inner ? { additionalProperties: false, ...inner } : inner;
}

const MESSAGES = '/v1/channels/{channel}/messages';

/** How each event is made to come. */
const PROVOKED: [name: string, needs: string | undefined, provoke: () => Promise<unknown>][] = [
  ['message', undefined, () => call('POST', '/c/events', { body: 'hello' })],
  [
    'edit',
    `${MESSAGES}/{seq}`,
    () => call('PATCH', '/v1/channels/events/messages/1', { body: 'hello again' }),
  ],
  [
    'reaction',
    `${MESSAGES}/{seq}/reactions/{emoji}`,
    () => call('PUT', `/v1/channels/events/messages/1/reactions/${encodeURIComponent('🎉')}`),
  ],
  ['pin', '/v1/channels/{channel}/pins/{seq}', () => call('PUT', '/v1/channels/events/pins/1')],
  ['delete', `${MESSAGES}/{seq}`, () => call('DELETE', '/v1/channels/events/messages/1')],
  ['channel', '/v1/channels/{channel}', () => call('PATCH', '/v1/channels/events', { topic: 'All of it' })],
  ['presence', undefined, async () => {}],
  ['typing', undefined, () => call('POST', '/v1/channels/events/typing')],
  ['heartbeat', undefined, async () => {}],
];

describe('a real stream', { timeout: 90_000 }, () => {
  it('opens with open, goes over what is gone with reset, and sends each event when it is provoked', async ({
    skip,
  }) => {
    const one = await open('/c/events?cursor=elsewhere.7');
    const several = await open('/v1/stream?channel=events&channel=events-too');
    for (const stream of [one, several])
      await expect.poll(() => stream.named('open').length, patient).toBe(1);
    expect(one.named('reset')).toHaveLength(1);
    const methods: Record<string, string> = { edit: 'patch', channel: 'patch', delete: 'delete' };
    for (const [name, needs, provoke] of PROVOKED) {
      if (needs !== undefined && !Object.hasOwn(calls[needs] ?? {}, methods[name] ?? 'put')) {
        missing.push(name);
        continue;
      }
      await provoke();
      for (const stream of [one, several])
        await expect.poll(() => stream.named(name).length, { ...patient, message: name }).toBeGreaterThan(0);
    }
    skip(missing.length > 0, `no call yet for ${missing.join(', ')}`);
  });

  it('ends with denied once its token has expired', async () => {
    await short.ended;
    expect(short.named('denied')).toHaveLength(1);
  });

  it('has sent nothing that is not in the AsyncAPI document, and all that is', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    const checks = Object.fromEntries(
      Object.entries(described).map(([name, { payload }]) => [name, ajv.compile(closed(payload) as object)]),
    );
    for (const event of came) {
      const { data } = event;
      const name = nameOf(event);
      expect(event.event, name).toBe(eventLineOf(name as StreamEventName));
      const check = checks[name];
      expect(check, `${name} is described`).toBeDefined();
      expect(check?.(JSON.parse(data)), `${name} ${data}: ${JSON.stringify(check?.errors)}`).toBe(true);
    }
    const names = new Set(came.map(nameOf));
    const all = Object.keys(STREAM_EVENTS).sort();
    expect(Object.keys(described).sort()).toEqual(all);
    // A server that ends has a suite of its own: this one is everybody's.
    const elsewhere = ['drain', ...missing];
    expect([...names].sort()).toEqual(all.filter((name) => !elsewhere.includes(name)));
  });

  it('has given each event of the log of one channel its cursor, and no other but open and reset', () => {
    for (const event of came) {
      const { id, data } = event;
      const name = nameOf(event);
      const ofLog = 'seq' in JSON.parse(data);
      expect('id' in (described[name]?.headers.properties ?? {}), name).toBe(ofLog);
      if (!ofLog && name !== 'open' && name !== 'reset') expect(id, name).toBeUndefined();
    }
  });
});
