import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';

/** What each request brings: Node's own request and response, as `@hono/node-server` hands them over. */
export interface HttpEnv {
  Bindings: HttpBindings;
}

export type HttpApp = Hono<HttpEnv>;
