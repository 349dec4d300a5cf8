import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';

/** The bindings of each request: Node's own request and response, as `@hono/node-server` passes them. */
export interface HttpEnv {
  Bindings: HttpBindings;
}

export type HttpApp = Hono<HttpEnv>;
