import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

const soon = { timeout: 40_000, interval: 50 };

let server: Standalone;
beforeAll(async () => {
  server = await startStandalone({ env: { DRAIN_SECONDS: '1' } });
});
afterAll(() => server?.stop());

it('a real stream ends with drain where the server stops, as the AsyncAPI document has it', async () => {
  const { components } = await (await fetch(`${server.url}/asyncapi.json`)).json();
  const answer = await fetch(`${server.url}/c/lobby`);
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  const named = (name: string) => events.filter(({ event }) => event === name);
  const ended = (async () => {
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }));
  })().catch(() => {});
  await expect.poll(() => named('open').length, soon).toBe(1);
  await server.stop();
  await ended;
  const [drain, ...more] = named('drain');
  expect(more).toEqual([]);
  const ajv = new Ajv({ strict: false, allErrors: true });
  formats.default(ajv);
  const check = ajv.compile(components.messages.drain.payload);
  expect(check(JSON.parse(drain?.data ?? 'null')), JSON.stringify(check.errors)).toBe(true);
  expect(drain?.id).toBeUndefined();
  expect(Object.keys(components.messages.drain.headers?.properties ?? {})).not.toContain('id');
});
