import { createRequire } from 'node:module';
import { eventLineOf, STREAM_EVENTS, type StreamEventName } from '@carillon/protocol';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './request.ts';
import { type RunningChat, startChat } from './start-chat.ts';

interface Message {
  name: string;
  payload: object;
  examples: { payload: unknown }[];
  'x-frame': string;
}
interface Document {
  channels: Record<string, { address: string; messages: Record<string, { $ref: string }> }>;
  components: { messages: Record<string, Message> };
}

/** What the makers of AsyncAPI hold documents against; made for draft 7 of JSON Schema. Of this version alone: all take long to load. */
const require = createRequire(import.meta.url);
const specification: object = require('@asyncapi/specs/schemas/3.0.0-without-$id.json');

let chat: RunningChat;
let document: Document;
let page: Answer;
beforeAll(async () => {
  chat = await startChat();
  document = (await chat.request({ path: '/asyncapi.json' })).json;
  page = await chat.request({ path: '/docs/events' });
});
afterAll(() => chat.close());

const NAMES = Object.keys(STREAM_EVENTS);

describe('the AsyncAPI document', () => {
  it('is valid AsyncAPI 3.0', () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    const check = ajv.compile(specification);
    expect(check(document), JSON.stringify(check.errors?.slice(0, 5))).toBe(true);
    expect(check({ ...document, asyncapi: '2.0.0' })).toBe(false);
  });

  it('has every event that the protocol knows, on each stream, and no other', () => {
    expect(Object.keys(document.components.messages).sort()).toEqual([...NAMES].sort());
    for (const { messages } of Object.values(document.channels)) {
      expect(Object.keys(messages).sort()).toEqual([...NAMES].sort());
    }
    expect(Object.values(document.channels).map(({ address }) => address)).toEqual([
      '/v1/channels/{channel}/stream',
      '/v1/stream',
    ]);
  });

  it.each(NAMES)('has an example of %s that its schema takes, and the frame of that example', (name) => {
    const { payload, examples, 'x-frame': frame } = document.components.messages[name] as Message;
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    const check = ajv.compile(payload);
    expect(examples).toHaveLength(1);
    expect(check(examples[0]?.payload), JSON.stringify(check.errors)).toBe(true);
    // A later server may add a field.
    expect(check({ ...(examples[0]?.payload as object), unknown: true })).toBe(true);
    expect(check({})).toBe(false);
    const parsed: EventSourceMessage[] = [];
    createParser({ onEvent: (event) => parsed.push(event) }).feed(frame);
    expect(parsed).toHaveLength(1);
    expect(parsed[0]?.event).toBe(eventLineOf(name as StreamEventName));
    expect(JSON.parse(parsed[0]?.data ?? '')).toEqual(examples[0]?.payload);
  });
});

describe('the page of events', () => {
  it('has a section for each event, with its frame, and leads to the rest', () => {
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const name of NAMES) {
      expect(page.text).toContain(`<section id="${name}">`);
      expect(page.text).toContain((document.components.messages[name] as Message)['x-frame']);
    }
    expect(page.text).toContain('<code>channels.{channel}.head</code>');
    expect(page.text).toContain('<code>people[].name</code>');
    for (const path of ['/docs', '/asyncapi.json']) expect(page.text).toContain(`href="${path}"`);
  });

  it('loads nothing and runs nothing', () => {
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.text).not.toMatch(/<script|\son\w+=|style=|https?:\/\//);
  });

  it('is led to from the reference', async () => {
    expect((await chat.request({ path: '/docs' })).text).toContain('href="/docs/events"');
  });
});
