import type { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import { newSession } from '../contract.ts';
import { sessionAnswer, signedOut, signInQuery, ticketAnswer } from '../session-contract.ts';
import { problems } from './problems.ts';
import { CALLER } from './security.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const cookie = (description: string) => ({
  'Set-Cookie': { description, schema: { type: 'string' as const } },
});

/** Puts the calls about who one is into the document. */
export function describeSession(registry: Registry): void {
  registry.registerPath({
    method: 'get',
    path: '/v1/session',
    tags: ['session'],
    summary: 'Who you are, what you may, and how one signs in here',
    security: CALLER,
    responses: {
      200: { description: 'You', content: json(sessionAnswer) },
      ...problems('unauthenticated', 'identity_away', 'history_away'),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/v1/session',
    tags: ['session'],
    summary: 'Take a name, or another (AUTH=open); or, with a token, get a session until it expires',
    security: CALLER,
    request: { body: { required: false, content: json(newSession) } },
    responses: {
      200: { description: 'Who you are now', content: json(sessionAnswer), headers: cookie('the session') },
      ...problems(
        'bad_json',
        'bad_encoding',
        'unauthenticated',
        'forbidden',
        'limit_reached',
        'body_too_large',
        'unsupported_media_type',
        'invalid',
        'banned',
        'identity_away',
        'history_away',
      ),
    },
  });
  registry.registerPath({
    method: 'delete',
    path: '/v1/session',
    tags: ['session'],
    summary: 'Sign out',
    security: CALLER,
    responses: {
      200: { description: 'Signed out here', content: json(signedOut), headers: cookie('none any more') },
      ...problems(
        'unauthenticated',
        'forbidden',
        'limit_reached',
        'identity_away',
        'history_away',
        'outcome_unknown',
        'store_full',
      ),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/v1/tickets',
    tags: ['session'],
    summary:
      'A ticket for one stream, for who cannot send a token with it (EventSource); good once, within 30 s',
    security: CALLER,
    responses: {
      201: { description: 'The ticket', content: json(ticketAnswer) },
      ...problems(
        'unauthenticated',
        'forbidden',
        'banned',
        'rate_limited',
        'history_away',
        'outcome_unknown',
        'store_full',
        'identity_away',
      ),
    },
  });
  const led = (description: string, ...cookies: string[]) => ({
    302: {
      description,
      headers: {
        Location: { description: 'where the browser goes on', schema: { type: 'string' as const } },
        ...cookie(cookies.join('; ')),
      },
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/auth/login',
    tags: ['session'],
    summary: 'Sign in at the provider (AUTH=oidc): for a browser to go to, not to fetch',
    request: { query: signInQuery },
    responses: {
      ...led('To the provider', 'what the browser brings back'),
      ...problems('invalid', 'identity_away', 'not_configured'),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/auth/callback',
    tags: ['session'],
    summary: 'Where the provider leads a browser back to',
    responses: {
      ...led('Signed in, and back to where it began', 'the session'),
      ...problems('unauthenticated', 'limit_reached', 'identity_away', 'not_configured'),
    },
  });
}
