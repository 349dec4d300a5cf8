import type { Access } from '@carillon/access';
import { type Authenticator, GUEST } from '@carillon/auth';
import {
  auditActionOf,
  type ChangeDraft,
  type Changed,
  type History,
  MAX_EDITS_PER_MESSAGE,
  MAX_EMOJI_PER_MESSAGE,
  MAX_PINS_PER_CHANNEL,
  subjectOf,
} from '@carillon/history';
import { type HttpEnv, requestOf } from '@carillon/http';
import { type Author, type Identity, isMessage, Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { z } from 'zod';
import { DEFAULT_LIMIT, messageAnswer, messageParams } from '../contract.ts';
import { linkHeader } from '../link-header.ts';
import { newText, reactionParams, revisionPage, revisionsQuery } from '../message-contract.ts';
import { json, NEXT_LINK } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems, STORE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute, type Route } from '../openapi/route.ts';
import { IDENTIFIED } from '../openapi/security.ts';
import type { Publisher } from '../publisher.ts';
import { readRequestBody } from '../request-body.ts';
import type { RequestLimits } from '../request-limits.ts';
import { requireSameOrigin } from '../same-origin.ts';
import type { AuditEntry } from './channel-settings.ts';
import { noSuchMessage } from './messages.ts';

export interface ChangeRouteParts {
  history: Pick<History, 'get' | 'revisions'>;
  /** Commits a change when its turn comes. */
  change: (draft: ChangeDraft, of?: Author) => Promise<Changed>;
  publisher: Publisher;
  authenticator: Authenticator;
  access: Access;
  limits: RequestLimits;
  /** Writes into the service's log what a moderator did to the message of another. */
  logAudit: (act: AuditEntry) => void;
}

/**
 * `PATCH` and `DELETE /v1/channels/{channel}/messages/{seq}`, `PUT` and `DELETE …/reactions/{emoji}` and `…/pins/{seq}`: what becomes of a message.
 * `GET …/revisions`: the texts that it had.
 */
export function changeRoutes(api: Api, parts: ChangeRouteParts): void {
  const { history, change, publisher, authenticator, access, limits, logAudit } = parts;

  const identify = async (c: Context<HttpEnv>): Promise<Identity> => {
    const identity = await authenticator.identify(c.env.incoming.headers);
    if (identity.kind !== 'anonymous') return identity;
    throw new Problem('unauthenticated', 'Take a name, sign in, or bring a token.');
  };

  const writer = async (c: Context<HttpEnv>): Promise<Identity> => {
    requireSameOrigin(c.env.incoming.headers);
    const identity = await identify(c);
    await limits.admitPost(c.env.incoming, identity.author);
    return identity;
  };

  /**
   * Requires that the caller wrote the message and may do `own`, or moderates the channel. Either must be able to read the channel, since
   * the answer holds the message. Gives its author where a moderator acts on the message of another; throws the refusal as a problem.
   */
  const requireOwn = async (
    identity: Identity,
    own: 'publish' | 'subscribe',
    { channel, seq }: { channel: string; seq: number },
  ): Promise<Author | undefined> => {
    await access.require(identity, 'subscribe', channel);
    const message = await history.get(channel, seq);
    const found = message !== undefined && isMessage(message);
    const theirs = found && message.author.id === identity.author.id && message.author.id !== GUEST.id;
    if (!found || theirs) {
      await access.require(identity, own, channel);
      if (!found) throw noSuchMessage();
      return undefined;
    }
    try {
      await access.require(identity, 'moderate', channel);
    } catch (refused) {
      // The same as for a message that is not there.
      if (refused instanceof Problem) await access.require(identity, own, channel);
      throw refused;
    }
    return message.author;
  };

  /** `of`: the message's author, where a moderator does it. */
  const commit = async (
    c: Context<HttpEnv>,
    route: Route<typeof CHANGE>,
    draft: ChangeDraft,
    of?: Author,
  ): Promise<Response> => {
    // What is deleted, and what a moderator does, is how a flooded channel is cleaned. How often that can be is bounded for each message.
    if (draft.type !== 'delete' && of === undefined) await limits.admitToChannel(draft.channel);
    const changed = await change(draft, of);
    if (changed.outcome === 'changed') {
      publisher.publish(changed.change, requestOf(c.env.incoming)?.span);
      const act = auditActionOf(draft);
      if (of !== undefined && act !== undefined) {
        const { channel, author } = draft;
        logAudit({ act, by: author.id, channel, person: of.id, seq: subjectOf(draft) });
      }
    }
    if ('message' in changed) return route.answer(200, changed.message);
    throw refusal(changed.outcome, draft.type);
  };

  const edit = createRoute({
    ...CHANGE,
    method: 'patch',
    path: MESSAGE_PATH,
    summary: 'Edit a message: its author, or a moderator',
    request: {
      params: messageParams,
      body: {
        required: true,
        description: 'Plain text, or a form as `curl -d` sends it, is taken as the text',
        content: {
          ...json(newText),
          'text/plain': { schema: text },
          'application/x-www-form-urlencoded': { schema: text },
        },
      },
    },
    responses: {
      ...CHANGE.responses,
      ...problems('deleted', 'limit_reached', 'archived'),
      ...problems(...BODY_PROBLEMS),
    },
  });
  addRoute(api, edit, async (c, route) => {
    const identity = await writer(c);
    const { channel, seq } = route.params(c);
    const of = await requireOwn(identity, 'publish', { channel, seq });
    const sent = await readRequestBody(c.env.incoming, { text: true });
    const { body } = route.body(
      sent.kind === 'json' ? sent.value : { body: sent.kind === 'text' ? sent.text : '' },
    );
    // Reading a body takes time: the author may have been banned meanwhile.
    await access.require(identity, of === undefined ? 'publish' : 'moderate', channel);
    return commit(c, route, { type: 'edit', channel, target: seq, author: identity.author, body }, of);
  });

  const remove = createRoute({
    ...CHANGE,
    method: 'delete',
    path: MESSAGE_PATH,
    summary: 'Delete a message, with its text, its revisions and reactions: its author, or a moderator',
    request: { params: messageParams },
  });
  addRoute(api, remove, async (c, route) => {
    const identity = await writer(c);
    const { channel, seq } = route.params(c);
    const of = await requireOwn(identity, 'publish', { channel, seq });
    return commit(c, route, { type: 'delete', channel, target: seq, author: identity.author }, of);
  });

  const reaction = {
    ...CHANGE,
    path: `${MESSAGE_PATH}/reactions/{emoji}`,
    request: { params: reactionParams },
    responses: { ...CHANGE.responses, ...problems('deleted', 'limit_reached', 'archived') },
  };
  const react = (op: 'add' | 'remove') => async (c: Context<HttpEnv>, route: Route<typeof reaction>) => {
    const identity = await writer(c);
    const { channel, seq, emoji } = route.params(c);
    // The answer holds the message.
    await access.require(identity, 'subscribe', channel);
    await access.require(identity, 'publish', channel);
    const { author } = identity;
    return commit(c, route, { type: 'reaction', channel, target: seq, author, emoji, op });
  };
  const addReaction = createRoute({
    ...reaction,
    method: 'put',
    summary: 'React to a message with an emoji',
  });
  addRoute(api, addReaction, react('add'));
  const removeReaction = createRoute({ ...reaction, method: 'delete', summary: 'Remove your reaction' });
  addRoute(api, removeReaction, react('remove'));

  const pinned = {
    ...CHANGE,
    path: '/v1/channels/{channel}/pins/{seq}',
    request: { params: messageParams },
    responses: { ...CHANGE.responses, ...problems('deleted', 'limit_reached') },
  };
  const pin = (op: 'add' | 'remove') => async (c: Context<HttpEnv>, route: Route<typeof pinned>) => {
    const identity = await writer(c);
    const { channel, seq } = route.params(c);
    await access.require(identity, 'moderate', channel);
    // The answer holds the message.
    await access.require(identity, 'subscribe', channel);
    const message = await history.get(channel, seq);
    if (message === undefined || !isMessage(message)) throw noSuchMessage();
    const { author } = identity;
    return commit(c, route, { type: 'pin', channel, message: seq, author, op }, message.author);
  };
  const addPin = createRoute({
    ...pinned,
    method: 'put',
    summary: 'Pin a message in its channel: a moderator',
  });
  addRoute(api, addPin, pin('add'));
  const removePin = createRoute({
    ...pinned,
    method: 'delete',
    summary: 'Unpin a message: a moderator',
  });
  addRoute(api, removePin, pin('remove'));

  const listRevisions = createRoute({
    method: 'get',
    path: `${MESSAGE_PATH}/revisions`,
    tags: ['messages'],
    summary: 'The revisions of a message: for its author and moderators',
    security: IDENTIFIED,
    request: { params: messageParams, query: revisionsQuery },
    responses: {
      200: { description: 'A page', content: json(revisionPage), headers: NEXT_LINK },
      ...problems(...REFUSALS, 'not_found', 'invalid', 'history_away'),
    },
  });
  addRoute(api, listRevisions, async (c, route) => {
    const identity = await identify(c);
    await limits.admitRead(c.env.incoming, identity);
    const { channel, seq, after = 0, limit = DEFAULT_LIMIT } = route.input(c);
    await requireOwn(identity, 'subscribe', { channel, seq });
    const found = await history.revisions(channel, seq, after, limit + 1);
    const revisions = found.slice(0, limit);
    const path = `/v1/channels/${channel}/messages/${seq}/revisions`;
    const next = found.length > limit ? `${path}?after=${revisions.at(-1)?.seq}&limit=${limit}` : null;
    return route.answer(200, { channel, seq, revisions, next }, linkHeader({ next }));
  });
}

const text = z.string().meta({ example: 'hello' });

const MESSAGE_PATH = '/v1/channels/{channel}/messages/{seq}';

const REFUSALS = ['unauthenticated', 'forbidden', 'banned', 'identity_away'] as const;

/** The descriptions of all changes share this. */
const CHANGE = {
  tags: ['messages'],
  security: IDENTIFIED,
  responses: {
    200: {
      description: 'The message as it is now, also if nothing changed',
      content: json(messageAnswer),
    },
    ...problems(
      ...REFUSALS,
      'muted',
      'archived',
      'deleted',
      'not_found',
      'invalid',
      ...STORE_PROBLEMS,
      'busy',
    ),
  },
};

function refusal(outcome: 'missing' | 'deleted' | 'full', type: ChangeDraft['type']): Problem {
  if (outcome === 'missing') return noSuchMessage();
  if (outcome === 'deleted') return new Problem('deleted', 'The message was deleted before.');
  return new Problem('limit_reached', MOST[type]);
}

/** The bound of each kind of change. Deletions have none. */
const MOST: Readonly<Record<ChangeDraft['type'], string>> = {
  edit: `A message is edited at most ${MAX_EDITS_PER_MESSAGE} times.`,
  delete: '',
  reaction: `A message has at most ${MAX_EMOJI_PER_MESSAGE} different emoji.`,
  pin: `A channel has at most ${MAX_PINS_PER_CHANNEL} pinned messages.`,
};
