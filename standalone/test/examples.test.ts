import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { beforeAll, describe, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { ADMIN_TOKEN } from '../../tests/servers/standalones.ts';

interface Schema {
  $ref?: string;
  example?: unknown;
  [keyword: string]: unknown;
}
interface Media {
  schema: Schema;
  example?: unknown;
}
interface Operation {
  tags: string[];
  summary?: string;
  security?: object[];
  parameters?: { name: string; in: string; required?: boolean; schema: Schema; example?: unknown }[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, unknown>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema>; securitySchemes: Record<string, object> };
  [part: string]: unknown;
}

/** Calls that a browser is led through, and those whose work a worker does, which `npm start` has not. */
const ELSEWHERE = ['/v1/auth/login', '/v1/auth/callback'];
const OF_A_WORKER = ['webhooks', 'exports'];

/** In place of the lobby, which others use too: here nothing was ever posted. */
const CHANNEL = 'lobby-of-the-examples';

let server: { url: string };
let document: Document;
let session: Record<string, string>;

beforeAll(async () => {
  server = await lentStandalone('open');
  const printed = await (await fetch(`${server.url}/openapi.json`)).text();
  document = JSON.parse(printed.replaceAll('lobby', CHANNEL));
  const taken = await fetch(`${server.url}/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  });
  session = { Cookie: taken.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
});

function resolve(schema: Schema): Schema {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : (document.components.schemas[name] ?? {});
}

/** What "try it" begins with. */
const exampleOf = ({ schema, example }: Media) => example ?? resolve(schema).example;

interface Sent {
  path: string;
  body?: string;
  headers: Record<string, string>;
}

/** Where the document should have an example and has none. */
const without: string[] = [];

/** A call's requests as its examples print them: one for each type of body. */
function requests(path: string, { parameters = [], requestBody }: Operation): Sent[] {
  const query = new URLSearchParams();
  let filled = path;
  for (const parameter of parameters) {
    const value = exampleOf(parameter);
    if (parameter.in === 'path') {
      if (value === undefined) without.push(`${path} ${parameter.name}`);
      filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(String(value)));
    } else if (parameter.in === 'query') {
      if (parameter.required && value === undefined) without.push(`${path} ${parameter.name}`);
      if (value !== undefined) for (const one of [value].flat()) query.append(parameter.name, String(one));
    }
  }
  const sent = query.size > 0 ? `${filled}?${query}` : filled;
  if (requestBody === undefined) return [{ path: sent, headers: {} }];
  return Object.entries(requestBody.content).map(([type, media]) => {
    const example = exampleOf(media);
    if (example === undefined) without.push(`${path} ${type}`);
    return {
      path: sent,
      headers: { 'Content-Type': type },
      body: typeof example === 'string' ? example : JSON.stringify(example),
    };
  });
}

/** The status of the answer; of a stream no more is read. */
async function send(method: string, { path, headers, body }: Sent, as: Record<string, string>) {
  const answer = await fetch(`${server.url}${path}`, {
    method: method.toUpperCase(),
    headers: { ...headers, ...as },
    ...(body !== undefined && { body }),
    redirect: 'manual',
  });
  await answer.body?.cancel();
  return answer.status;
}

/** What makes comes before what reads it, and what changes it before what takes it away. */
const ORDER = ['post', 'get', 'patch', 'put', 'delete'];

interface Call {
  path: string;
  method: string;
  call: Operation;
}

/** What is part of a message is taken away before the message is. */
function inOrder(one: Call, other: Call): number {
  return ORDER.indexOf(one.method) - ORDER.indexOf(other.method) || other.path.length - one.path.length;
}

describe('the examples of the API document', { timeout: 120_000 }, () => {
  it('are taken as they are printed, in a channel where nothing was yet', async () => {
    const calls = Object.entries(document.paths)
      .flatMap(([path, methods]) => Object.entries(methods).map(([method, call]) => ({ path, method, call })))
      .filter(({ path }) => !ELSEWHERE.includes(path))
      .sort(inOrder);
    const refused: string[] = [];
    for (const { path, method, call } of calls) {
      const worker = call.tags.some((tag) => OF_A_WORKER.includes(tag));
      for (const sent of requests(path, call)) {
        let status = await send(method, sent, session);
        if (status === 403 && !worker)
          status = await send(method, sent, { Authorization: `Bearer ${ADMIN_TOKEN}` });
        const taken = status >= 200 && status < 400;
        if (!taken && !(worker && status === 501))
          refused.push(`${method} ${sent.path} ${sent.body ?? ''}: ${status}`);
      }
    }
    expect(without).toEqual([]);
    expect(refused).toEqual([]);
  });

  it('are what their schemas say', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    const wrong: string[] = [];
    let examples = 0;
    const look = (value: unknown, where: string): void => {
      if (typeof value !== 'object' || value === null) return;
      const schema = value as Schema;
      if ('example' in schema && ('type' in schema || 'properties' in schema || 'schema' in schema)) {
        const against = (schema.schema as Schema | undefined) ?? schema;
        const check = ajv.compile({ ...against, components: document.components });
        examples += 1;
        if (!check(schema.example)) wrong.push(`${where}: ${JSON.stringify(check.errors)}`);
      }
      for (const [key, part] of Object.entries(value)) if (key !== 'example') look(part, `${where}/${key}`);
    };
    look(document, '');
    expect(wrong).toEqual([]);
    expect(examples).toBeGreaterThan(20);
  });
});

describe('each call of the API document', () => {
  it('has a tag, a summary, a problem for what cannot be read, and ways to say who one is that there are', () => {
    const schemes = Object.keys(document.components.securitySchemes);
    expect(schemes.sort()).toEqual(['admin', 'session', 'ticket', 'token']);
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, call] of Object.entries(methods)) {
        const where = `${method} ${path}`;
        expect(call.tags, where).toHaveLength(1);
        expect(call.summary, where).toBeTruthy();
        expect(Object.keys(call.responses), where).toEqual(expect.arrayContaining(['400', '429', '500']));
        for (const way of call.security ?? [])
          for (const name of Object.keys(way)) expect(schemes, where).toContain(name);
      }
    }
  });
});
