import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerErrors, answerNotFound, createHttpServer, type HttpEnv } from '@carillon/http';
import { Problem } from '@carillon/protocol';
import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { json, jsonBody } from '../src/openapi/media.ts';
import { problems } from '../src/openapi/problems.ts';
import { type Api, addRoute } from '../src/openapi/route.ts';
import { type Asked, request } from './request.ts';

const size = z
  .string()
  .regex(/^[0-9]+$/, 'must be a number')
  .transform(Number);

const cut = createRoute({
  method: 'put',
  path: '/cakes/{size}',
  request: {
    params: z.object({ size }),
    query: z.object({ pieces: size }),
    body: jsonBody(z.strictObject({ name: z.string(), guests: z.int() })),
  },
  responses: {
    200: { description: 'It is cut', content: json(z.object({ each: z.number() })) },
    204: { description: 'Nothing is left' },
    ...problems('forbidden', 'invalid'),
  },
});
const look = createRoute({
  method: 'get',
  path: '/cakes',
  responses: { 200: { description: 'All of them', content: json(z.object({ cakes: z.array(z.string()) })) } },
});

const api: Api = new OpenAPIHono<HttpEnv>();
let server: Server;
let ask: (asked: Asked) => ReturnType<typeof request>;

beforeAll(async () => {
  addRoute(api, cut, (c, route) => {
    if (c.req.header('using-knife') === 'no') throw new Problem('forbidden', 'This needs a knife.');
    const { size, pieces } = route.input(c);
    if (pieces === 0) route.body({ guests: 0.5 });
    return size === 0 ? route.answer(204) : route.answer(200, { each: size / pieces }, { Vary: 'Accept' });
  });
  addRoute(api, look, (c, route) => route.answer(200, { cakes: Object.keys(route.query(c)) }));
  api.onError(answerErrors({ error: () => {} }));
  api.notFound(answerNotFound(api));
  server = createHttpServer(api);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  ask = (asked) => request(port, asked);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('a route', () => {
  it('is mounted and described from one object', async () => {
    expect(api.routes.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /cakes/:size',
      'GET /cakes',
    ]);
    const { paths = {} } = api.getOpenAPI31Document({ openapi: '3.1.0', info: { title: 'x', version: '1' } });
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described).toEqual(['PUT /cakes/{size}', 'GET /cakes']);
  });

  it('reads by its own schemas, and answers what it is given', async () => {
    const answer = await ask({ method: 'PUT', path: '/cakes/12?pieces=4' });
    expect([answer.status, answer.json, answer.headers.vary]).toEqual([200, { each: 3 }, 'Accept']);
  });

  it('answers a status without a schema by no body', async () => {
    const answer = await ask({ method: 'PUT', path: '/cakes/0?pieces=4' });
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([204, '', undefined]);
  });

  it('reports the errors of the path and of the query together', async () => {
    const answer = await ask({ method: 'PUT', path: '/cakes/large?pieces=few' });
    expect([answer.status, answer.json.code]).toEqual([422, 'invalid']);
    expect(answer.json.errors).toEqual([
      { field: 'size', detail: 'must be a number' },
      { field: 'pieces', detail: 'must be a number' },
    ]);
  });

  it('reports all errors of a body together', async () => {
    const answer = await ask({ method: 'PUT', path: '/cakes/12?pieces=0' });
    expect(answer.status).toBe(422);
    expect(answer.json.errors.map(({ field }: { field: string }) => field)).toEqual(['name', 'guests']);
  });

  it('reads nothing before its handler asks for it', async () => {
    const answer = await ask({
      method: 'PUT',
      path: '/cakes/large?pieces=few',
      headers: { 'Using-Knife': 'no' },
    });
    expect([answer.status, answer.json.code]).toEqual([403, 'forbidden']);
  });

  it('takes a query that it does not describe, and reads nothing of it', async () => {
    expect((await ask({ path: '/cakes?large=1' })).json).toEqual({ cakes: [] });
  });

  it('answers HEAD, OPTIONS and other methods as any route does', async () => {
    const head = await ask({ method: 'HEAD', path: '/cakes' });
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', 'application/json']);
    const options = await ask({ method: 'OPTIONS', path: '/cakes/1' });
    expect([options.status, options.headers.allow]).toEqual([204, 'PUT, OPTIONS']);
    const post = await ask({ method: 'POST', path: '/cakes' });
    expect([post.status, post.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });
});

/** The compiler reads it (`npm run check`): each line that is marked has to be an error. Nothing runs it. */
export function typesOfHandlers(): void {
  addRoute(api, cut, (c, route) => {
    const { size, pieces }: { size: number; pieces: number } = route.input(c);
    // @ts-expect-error The path has no such parameter.
    route.params(c).pieces;
    // @ts-expect-error The body has no such field.
    route.body({}).size;
    // @ts-expect-error The status is not described.
    route.answer(201);
    // @ts-expect-error The status has a body.
    route.answer(200);
    // @ts-expect-error The status has none.
    route.answer(204, {});
    // @ts-expect-error The body is another.
    route.answer(200, { each: 'small' });
    return route.answer(200, { each: size / pieces });
  });
  addRoute(api, look, (c, route) => {
    // @ts-expect-error The route describes no body.
    route.body({}).cakes;
    // @ts-expect-error The route describes no query.
    route.query(c).cakes;
    // @ts-expect-error The body has a field that is not described.
    return route.answer(200, { cakes: [], more: 1 });
  });
}
