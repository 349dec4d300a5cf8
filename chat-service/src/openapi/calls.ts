import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import {
  channelAnswer,
  channelPage,
  channelParams,
  channelsQuery,
  checksAnswer,
  messageAnswer,
  messagePage,
  messageParams,
  messagesQuery,
  newMessage,
  postHeaders,
  presenceAnswer,
} from '../contract.ts';
import { newRead, readAnswer } from '../read-contract.ts';
import { problems, READ_PROBLEMS } from './problems.ts';
import { CALLER } from './security.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const text = z.string().meta({ example: 'hello' });
const path = { description: 'path of the message', schema: { type: 'string' as const } };
const pageLinks = { Link: { description: 'next and prev (RFC 8288)', schema: { type: 'string' as const } } };

const post = {
  method: 'post' as const,
  tags: ['messages'],
  security: CALLER,
  request: {
    params: channelParams,
    headers: postHeaders,
    body: {
      required: true,
      description: 'A text, or a form as `curl -d` sends it, is the message as it is',
      content: {
        ...json(newMessage),
        'text/plain': { schema: text },
        'application/x-www-form-urlencoded': { schema: text },
      },
    },
  },
  responses: {
    201: { description: 'Stored, on disk', content: json(messageAnswer), headers: { Location: path } },
    200: {
      description: 'The same key and message came before: the first answer',
      content: json(messageAnswer),
      headers: { Location: path },
    },
    ...problems(
      'bad_json',
      'bad_encoding',
      'unauthenticated',
      'forbidden',
      'muted',
      'banned',
      'archived',
      'deleted',
      'identity_away',
      'key_reused',
      'body_too_large',
      'unsupported_media_type',
      'invalid',
      'rate_limited',
      'history_away',
      'outcome_unknown',
      'store_full',
      'busy',
    ),
  },
};

/** Puts the calls that the chat service answers into the document. */
export function describeCalls(registry: Registry): void {
  registry.registerPath({ ...post, path: '/v1/channels/{channel}/messages', summary: 'Post a message' });
  registry.registerPath({ ...post, path: '/c/{channel}', summary: 'Post a message, by the short URL' });
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}/messages',
    tags: ['messages'],
    summary: 'A page of messages, oldest first; the newest page without before and after',
    security: CALLER,
    request: { params: channelParams, query: messagesQuery },
    responses: {
      200: { description: 'A page', content: json(messagePage), headers: pageLinks },
      ...problems(...READ_PROBLEMS),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}/messages/{seq}',
    tags: ['messages'],
    summary: 'One message',
    security: CALLER,
    request: { params: messageParams },
    responses: {
      200: { description: 'The message', content: json(messageAnswer) },
      ...problems(...READ_PROBLEMS),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/channels',
    tags: ['channels'],
    summary: 'Channels by name',
    security: CALLER,
    request: { query: channelsQuery },
    responses: {
      200: { description: 'A page', content: json(channelPage), headers: pageLinks },
      ...problems('unauthenticated', 'identity_away', 'invalid', 'history_away'),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}',
    tags: ['channels'],
    summary: 'How far a channel has come',
    security: CALLER,
    request: { params: channelParams },
    responses: {
      200: { description: 'The channel', content: json(channelAnswer) },
      ...problems(...READ_PROBLEMS),
    },
  });
  registry.registerPath({
    method: 'put',
    path: '/v1/channels/{channel}/read',
    tags: ['channels'],
    summary: 'Say how far you have read; less than before changes nothing',
    security: CALLER,
    request: { params: channelParams, body: { required: true, content: json(newRead) } },
    responses: {
      200: { description: 'Where your cursor is now, and what comes after', content: json(readAnswer) },
      ...problems(
        'bad_json',
        'bad_encoding',
        'unauthenticated',
        'forbidden',
        'banned',
        'not_found',
        'body_too_large',
        'unsupported_media_type',
        'invalid',
        'identity_away',
        'history_away',
        'outcome_unknown',
        'store_full',
      ),
    },
  });
  const checks = { ...json(checksAnswer), 'text/html': { schema: z.string() } };
  registry.registerPath({
    method: 'get',
    path: '/checks',
    tags: ['checks'],
    summary: 'Whether each component is well; a browser (Accept: text/html) gets a page',
    responses: {
      ...problems(),
      200: { description: 'Nothing has failed', content: checks },
      503: { description: 'Something has', content: checks },
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}/presence',
    tags: ['channels'],
    summary: 'Who is on a channel',
    request: { params: channelParams },
    responses: {
      200: { description: 'Who is there', content: json(presenceAnswer) },
      ...problems('unauthenticated', 'forbidden', 'invalid', 'presence_away', 'identity_away'),
    },
  });
  registry.registerPath({
    method: 'post',
    path: '/v1/channels/{channel}/typing',
    tags: ['channels'],
    summary: 'Say that you type; readers are told for five seconds, or until your message comes',
    description: 'Say it again every three seconds, for as long as you type. It needs a session or a token.',
    security: CALLER,
    request: { params: channelParams },
    responses: {
      204: { description: 'Readers are told, unless the node has more important things to do' },
      ...problems('unauthenticated', 'forbidden', 'muted', 'banned', 'archived', 'invalid', 'identity_away'),
    },
  });
}
