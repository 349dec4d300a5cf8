import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { channelParams, messageAnswer, messageParams } from '../contract.ts';
import {
  eventPage,
  eventsQuery,
  newText,
  pinList,
  reactionParams,
  revisionPage,
  revisionsQuery,
} from '../message-contract.ts';
import { problems, READ_PROBLEMS } from './problems.ts';
import { CALLER } from './security.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const REFUSALS = ['unauthenticated', 'forbidden', 'banned', 'identity_away'] as const;

const pageLinks = { Link: { description: 'next (RFC 8288)', schema: { type: 'string' as const } } };

/** Puts the calls of a channel's log into the document. */
export function describeMessages(registry: Registry): void {
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}/events',
    tags: ['messages'],
    summary: 'The log: messages and changes in order of seq, without holes',
    security: CALLER,
    request: { params: channelParams, query: eventsQuery },
    responses: {
      200: {
        description: 'A page',
        content: { 'application/json': { schema: eventPage } },
        headers: pageLinks,
      },
      ...problems(...READ_PROBLEMS),
    },
  });
  const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
  const path = '/v1/channels/{channel}/messages/{seq}';
  const change = {
    tags: ['messages'],
    security: [{ session: [] }],
    responses: {
      200: {
        description: 'The message as it is now, also where it was so before',
        content: json(messageAnswer),
      },
      ...problems(
        ...REFUSALS,
        'muted',
        'archived',
        'deleted',
        'not_found',
        'invalid',
        'history_away',
        'outcome_unknown',
        'store_full',
        'busy',
      ),
    },
  };
  registry.registerPath({
    ...change,
    method: 'patch',
    path,
    summary: 'Give a message another text: its author, or a moderator',
    request: {
      params: messageParams,
      body: {
        required: true,
        description: 'A text, or a form as `curl -d` sends it, is the text as it is',
        content: { ...json(newText), 'text/plain': { schema: z.string().meta({ example: 'hello' }) } },
      },
    },
    responses: {
      ...change.responses,
      ...problems('deleted', 'limit_reached', 'archived'),
      ...problems('bad_json', 'bad_encoding', 'body_too_large', 'unsupported_media_type'),
    },
  });
  registry.registerPath({
    ...change,
    method: 'delete',
    path,
    summary: 'Delete a message, its text and all it had: its author, or a moderator',
    request: { params: messageParams },
  });
  for (const [method, summary] of [
    ['put', 'Put an emoji to a message'],
    ['delete', 'Take an emoji back'],
  ] as const) {
    registry.registerPath({
      ...change,
      method,
      path: `${path}/reactions/{emoji}`,
      summary,
      request: { params: reactionParams },
      responses: { ...change.responses, ...problems('deleted', 'limit_reached', 'archived') },
    });
  }
  for (const [method, summary] of [
    ['put', 'Pin a message in its channel: a moderator'],
    ['delete', 'Take a pinned message off: a moderator'],
  ] as const) {
    registry.registerPath({
      ...change,
      method,
      path: '/v1/channels/{channel}/pins/{seq}',
      summary,
      request: { params: messageParams },
      responses: { ...change.responses, ...problems('deleted', 'limit_reached') },
    });
  }
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}/pins',
    tags: ['messages'],
    summary: 'The pinned messages of a channel',
    security: CALLER,
    request: { params: channelParams },
    responses: {
      200: { description: 'All of them', content: json(pinList) },
      ...problems(...READ_PROBLEMS),
    },
  });
  registry.registerPath({
    method: 'get',
    path: `${path}/revisions`,
    tags: ['messages'],
    summary: 'The texts that a message had: for its author and moderators',
    security: [{ session: [] }],
    request: { params: messageParams, query: revisionsQuery },
    responses: {
      200: { description: 'A page', content: json(revisionPage), headers: pageLinks },
      ...problems(...REFUSALS, 'not_found', 'invalid', 'history_away'),
    },
  });
}
