import type { Access } from '@carillon/access';
import type { Authenticator, KeyScope } from '@carillon/auth';
import type { Appended, Draft } from '@carillon/history';
import { clientAddress, type HttpApp, type HttpEnv, requestOf, type TrustedProxies } from '@carillon/http';
import { type Author, channelName, fieldErrors, idempotencyKey, Problem } from '@carillon/protocol';
import type { Context } from 'hono';
import { newMessage } from '../contract.ts';
import { failedPost } from '../failed-post.ts';
import { jsonResponse } from '../json-response.ts';
import type { ChatMetrics } from '../metrics.ts';
import type { Post } from '../posting.ts';
import { type RequestBody, readRequestBody } from '../request-body.ts';
import type { RequestLimits } from '../request-limits.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { invalid } from '../validation.ts';

export interface PostRouteParts {
  post: Post;
  authenticator: Authenticator;
  keyScope: KeyScope;
  /** Those that say where callers come from. */
  proxies: TrustedProxies | undefined;
  access: Access;
  limits: RequestLimits;
  metrics: Pick<ChatMetrics, 'posts' | 'postSeconds'>;
}

/** `POST /v1/channels/{channel}/messages` and `POST /c/{channel}`: a message into a channel. */
export function postRoutes(
  app: HttpApp,
  { post, authenticator, keyScope, proxies, access, limits, metrics }: PostRouteParts,
): void {
  const readDraft = async (c: Context<HttpEnv>): Promise<Draft> => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const told = authenticator.identify(headers);
    const identity = told instanceof Promise ? await told : told;
    // Before the body is read, since a refusal is to cost nothing.
    const admitted = limits.admitPost(
      c.env.incoming,
      identity.kind === 'anonymous' ? undefined : identity.author,
    );
    if (admitted !== undefined) await admitted;
    const where = channelName.safeParse(c.req.param('channel'));
    // What is no channel's name is asked of nobody; its other faults are named, too.
    if (where.success) {
      const allowed = access.require(identity, 'publish', where.data);
      if (allowed !== undefined) await allowed;
      const room = limits.admitToChannel(where.data);
      if (room !== undefined) await room;
    }
    const body = await readRequestBody(c.env.incoming, { text: true });
    if (where.success) {
      // A body may take its time, and who was banned meanwhile says nothing more.
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

  const handle = async (c: Context<HttpEnv>) => {
    const start = performance.now();
    let read: Draft;
    try {
      read = await readDraft(c);
    } catch (error) {
      metrics.posts[failedPost(error)] += 1;
      throw error;
    }
    const answered = answer(await post(read, requestOf(c.env.incoming)?.span));
    metrics.postSeconds.observe((performance.now() - start) / 1_000);
    return answered;
  };

  app.post('/v1/channels/:channel/messages', handle);
  app.post('/c/:channel', handle);
}

/** Validates all there is at once, so that a caller mends all of it at once. */
function draft(
  where: ReturnType<typeof channelName.safeParse>,
  body: RequestBody,
  key: unknown,
  author: Author,
): Draft {
  const content = newMessage.safeParse(messageOf(body));
  const name = key === undefined ? undefined : idempotencyKey.safeParse(key);
  if (!where.success || !content.success || name?.success === false) {
    throw invalid([
      ...(where.error ? fieldErrors(where.error, 'channel') : []),
      ...(name?.error ? fieldErrors(name.error, 'Idempotency-Key') : []),
      ...(content.error ? fieldErrors(content.error) : []),
    ]);
  }
  const made: Draft = { channel: where.data, author, body: content.data.body };
  if (content.data.replyTo !== undefined) made.replyTo = content.data.replyTo;
  if (name !== undefined) made.key = name.data;
  return made;
}

function messageOf(body: RequestBody): unknown {
  if (body.kind === 'json') return body.value;
  return { body: body.kind === 'text' ? body.text : '' };
}

function answer(appended: Appended): Response {
  if (appended.outcome === 'conflict') {
    throw new Problem('key_reused', 'This Idempotency-Key was used for another message. Nothing was stored.');
  }
  const { channel, seq } = appended.message;
  return jsonResponse(appended.outcome === 'created' ? 201 : 200, appended.message, {
    Location: `/v1/channels/${channel}/messages/${seq}`,
  });
}
