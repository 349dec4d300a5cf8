import type { Access } from '@carillon/access';
import type { Authenticator, KeyScope } from '@carillon/auth';
import type { Appended, Draft } from '@carillon/history';
import { clientAddress, type HttpEnv, requestOf, type TrustedProxies } from '@carillon/http';
import { type Author, fieldErrors, Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { channelParams, messageAnswer, newMessage, postHeaders } from '../contract.ts';
import { failedPost } from '../failed-post.ts';
import type { ChatMetrics } from '../metrics.ts';
import { header, json } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems, STORE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute, type Route } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';
import type { Post } from '../posting.ts';
import { type RequestBody, readRequestBody } from '../request-body.ts';
import type { RequestLimits } from '../request-limits.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { invalid } from '../validation.ts';

export interface PostRouteParts {
  post: Post;
  authenticator: Authenticator;
  keyScope: KeyScope;
  /** Proxies that are trusted to say where callers come from. */
  proxies: TrustedProxies | undefined;
  access: Access;
  limits: RequestLimits;
  metrics: Pick<ChatMetrics, 'posts' | 'postSeconds'>;
}

/** `POST /v1/channels/{channel}/messages` and `POST /c/{channel}`: a message into a channel. */
export function postRoutes(
  api: Api,
  { post, authenticator, keyScope, proxies, access, limits, metrics }: PostRouteParts,
): void {
  const readDraft = async (c: Context<HttpEnv>): Promise<Draft> => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const identified = authenticator.identify(headers);
    const identity = identified instanceof Promise ? await identified : identified;
    // Before the body is read, so that a refusal costs nothing.
    const admitted = limits.admitPost(
      c.env.incoming,
      identity.kind === 'anonymous' ? undefined : identity.author,
    );
    if (admitted !== undefined) await admitted;
    const where = channel.safeParse(c.req.param('channel'));
    // A name that is not valid is reported together with the other errors.
    if (where.success) {
      const allowed = access.require(identity, 'publish', where.data);
      if (allowed !== undefined) await allowed;
      const room = limits.admitToChannel(where.data);
      if (room !== undefined) await room;
    }
    const body = await readRequestBody(c.env.incoming, { text: true });
    if (where.success) {
      // Reading a body takes time: the author may have been banned meanwhile.
      const still = access.require(identity, 'publish', where.data);
      if (still !== undefined) await still;
    }
    const made = draft(where, body, headers['idempotency-key'], identity.author);
    const { key, replyTo } = made;
    if (key !== undefined && identity.kind === 'anonymous') {
      const address = clientAddress(c.env.incoming, proxies);
      made.keyScope = keyScope({ key, address, body: made.body, replyTo });
    }
    return made;
  };

  const handle = async (c: Context<HttpEnv>, route: Route<typeof POST>) => {
    const start = performance.now();
    let read: Draft;
    try {
      read = await readDraft(c);
    } catch (error) {
      metrics.posts[failedPost(error)] += 1;
      throw error;
    }
    const answered = answer(route, await post(read, requestOf(c.env.incoming)?.span));
    metrics.postSeconds.observe((performance.now() - start) / 1_000);
    return answered;
  };

  const long = createRoute({ ...POST, path: '/v1/channels/{channel}/messages', summary: 'Post a message' });
  addRoute(api, long, handle);
  const short = createRoute({ ...POST, path: '/c/{channel}', summary: 'Post a message, by the short URL' });
  addRoute(api, short, handle);
}

const text = z.string().meta({ example: 'hello' });
const stored = { content: json(messageAnswer), headers: { Location: header('path of the message') } };

/** The descriptions of both routes share this. */
const POST = {
  method: 'post' as const,
  tags: ['messages'],
  security: CALLER,
  request: {
    params: channelParams,
    headers: postHeaders,
    body: {
      required: true,
      description: 'Plain text, or a form as `curl -d` sends it, is taken as the message',
      content: {
        ...json(newMessage),
        'text/plain': { schema: text },
        'application/x-www-form-urlencoded': { schema: text },
      },
    },
  },
  responses: {
    201: { description: 'Stored, on disk', ...stored },
    200: { description: 'The same key and message came before: the first answer again', ...stored },
    ...problems(
      ...BODY_PROBLEMS,
      'unauthenticated',
      'forbidden',
      'muted',
      'banned',
      'archived',
      'deleted',
      'not_found',
      'identity_away',
      'key_reused',
      'invalid',
      'rate_limited',
      ...STORE_PROBLEMS,
      'busy',
    ),
  },
};

/** The schemas of the route, one by one: the errors of all are reported together. */
const { channel } = POST.request.params.shape;
const key = POST.request.headers.shape['Idempotency-Key'];
const content = POST.request.body.content['application/json'].schema;

/** Validates everything and throws the problem with all errors, so that a caller can mend them at once. */
function draft(
  where: ReturnType<typeof channel.safeParse>,
  body: RequestBody,
  sentKey: unknown,
  author: Author,
): Draft {
  const message = content.safeParse(messageOf(body));
  const sent = key.safeParse(sentKey);
  if (!where.success || !message.success || !sent.success) {
    throw invalid([
      ...(where.error ? fieldErrors(where.error, 'channel') : []),
      ...(sent.error ? fieldErrors(sent.error, 'Idempotency-Key') : []),
      ...(message.error ? fieldErrors(message.error) : []),
    ]);
  }
  const made: Draft = { channel: where.data, author, body: message.data.body };
  if (message.data.replyTo !== undefined) made.replyTo = message.data.replyTo;
  if (sent.data !== undefined) made.key = sent.data;
  return made;
}

function messageOf(body: RequestBody): unknown {
  if (body.kind === 'json') return body.value;
  return { body: body.kind === 'text' ? body.text : '' };
}

function answer(route: Route<typeof POST>, appended: Appended): Response {
  if (appended.outcome === 'conflict') {
    throw new Problem('key_reused', 'This Idempotency-Key was used for another message. Nothing was stored.');
  }
  const { channel, seq } = appended.message;
  return route.answer(appended.outcome === 'created' ? 201 : 200, appended.message, {
    Location: `/v1/channels/${channel}/messages/${seq}`,
  });
}
