import type { HttpEnv } from '@carillon/http';
import type { createRoute, OpenAPIHono, RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { jsonResponse } from '../json-response.ts';
import { parse, parseTogether } from '../validation.ts';

/** The chat service's HTTP app. It holds the description of each route that {@link addRoute} mounts on it. */
export type Api = OpenAPIHono<HttpEnv>;

/** What `createRoute` gives: a route's description, as OpenAPI has it. */
type Described = RouteConfig & Pick<ReturnType<typeof createRoute>, 'getRoutingPath'>;

type NoFields = Record<never, never>;
type Params<T> = T extends { request: { params: infer S extends z.ZodType } } ? z.output<S> : NoFields;
type Query<T> = T extends { request: { query: infer S extends z.ZodType } } ? z.output<S> : NoFields;

interface Json<S extends z.ZodType> {
  content: { 'application/json': { schema: S } };
}
type Body<T> = T extends { request: { body: Json<infer S> } } ? z.output<S> : never;
type Answered<Answer> =
  Answer extends Json<infer S> ? [body: z.input<S>, headers?: Record<string, string>] : [];

/**
 * A mounted route, as its handler has it: it reads requests and answers by the schemas of the route's description, and by no others.
 * The handler says when to read, since who calls, limits and rights are checked first.
 */
export interface Route<T extends Pick<RouteConfig, 'responses'>> {
  /** The path's parameters. Throws the problem `invalid` with all errors, as `query`, `input` and `body` do. */
  params(c: Context<HttpEnv>): Params<T>;
  /** The query's parameters. */
  query(c: Context<HttpEnv>): Query<T>;
  /** The parameters of the path and of the query. The errors of both are reported together. */
  input(c: Context<HttpEnv>): Params<T> & Query<T>;
  /** `value`, what a body has in JSON, as the route takes it. */
  body(value: unknown): Body<T>;
  /** The answer with this status: with JSON where the description has its schema, else without a body. */
  answer<S extends keyof T['responses'] & number>(
    status: S,
    ...answered: Answered<T['responses'][S]>
  ): Response;
}

/**
 * Mounts `handle` on `api` and describes it there, both from one object, so that the OpenAPI document is of what is served.
 * Hono's `api.openapi` is not used: it validates before the handler has checked who calls, reads bodies without our bound, and reports the
 * errors of the path, the query and the headers each apart.
 */
export function addRoute<T extends Described>(
  api: Api,
  description: T,
  handle: (c: Context<HttpEnv>, route: Route<T>) => Response | Promise<Response>,
): void {
  api.openAPIRegistry.registerPath(description);
  const route = routeOf(description) as Route<T>;
  api.on(description.method, [description.getRoutingPath()], (c) => handle(c, route));
}

const NO_FIELDS = z.object({});

function routeOf({ request = {} }: RouteConfig): Route<RouteConfig> {
  const params: z.ZodType = request.params ?? NO_FIELDS;
  const query: z.ZodType = request.query ?? NO_FIELDS;
  const json = request.body?.content['application/json'] as { schema: z.ZodType } | undefined;
  return {
    params: (c) => parse(params, c.req.param(), 'path') as NoFields,
    query: (c) => parse(query, c.req.query(), 'query') as NoFields,
    input: (c) => parseTogether([params, c.req.param()], [query, c.req.query()]),
    body: (value) => parse(json?.schema ?? z.never(), value) as never,
    answer: (status, body?: unknown, headers?: Record<string, string>) =>
      body === undefined ? new Response(null, { status }) : jsonResponse(status, body, headers),
  };
}
