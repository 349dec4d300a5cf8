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
import { type HttpApp, type HttpEnv, requestOf } from '@carillon/http';
import { type Author, type Identity, isMessage, Problem } from '@carillon/protocol';
import type { Context } from 'hono';
import { DEFAULT_LIMIT, messageParams } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { newText, reactionParams, revisionsRequest } from '../message-contract.ts';
import type { Publisher } from '../publisher.ts';
import { readRequestBody } from '../request-body.ts';
import type { RequestLimits } from '../request-limits.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { parse } from '../validation.ts';
import type { Act } from './channel-settings.ts';
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
  noted: (act: Act) => void;
}

/**
 * `PATCH` and `DELETE /v1/channels/{channel}/messages/{seq}`, `PUT` and `DELETE …/reactions/{emoji}` and `…/pins/{seq}`: what becomes of a message.
 * `GET …/revisions`: the texts that it had.
 */
export function changeRoutes(app: HttpApp, parts: ChangeRouteParts): void {
  const { history, change, publisher, authenticator, access, limits, noted } = parts;

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
   * Lets pass the author of a message who may do `own`, and who moderates. Only of those who may read the channel: what is
   * answered holds a message, and whether there is one is not told to others.
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

  /** `of`: whose message it is, where a moderator does it. */
  const commit = async (c: Context<HttpEnv>, draft: ChangeDraft, of?: Author): Promise<Response> => {
    // What is deleted, and what a moderator does, is how a flooded channel is cleaned. How often that can be is bounded for each message.
    if (draft.type !== 'delete' && of === undefined) await limits.admitToChannel(draft.channel);
    const changed = await change(draft, of);
    if (changed.outcome === 'changed') {
      publisher.publish(changed.change, requestOf(c.env.incoming)?.span);
      const act = auditActionOf(draft);
      if (of !== undefined && act !== undefined) {
        const { channel, author } = draft;
        noted({ act, by: author.id, channel, person: of.id, seq: subjectOf(draft) });
      }
    }
    if ('message' in changed) return jsonResponse(200, changed.message);
    throw refusal(changed.outcome, draft.type);
  };

  app.patch('/v1/channels/:channel/messages/:seq', async (c) => {
    const identity = await writer(c);
    const { channel, seq } = parse(messageParams, c.req.param());
    const of = await requireOwn(identity, 'publish', { channel, seq });
    const sent = await readRequestBody(c.env.incoming, { text: true });
    const { body } = parse(
      newText,
      sent.kind === 'json' ? sent.value : { body: sent.kind === 'text' ? sent.text : '' },
    );
    // A text may take its time, and who was banned meanwhile says nothing more.
    await access.require(identity, of === undefined ? 'publish' : 'moderate', channel);
    return commit(c, { type: 'edit', channel, target: seq, author: identity.author, body }, of);
  });

  app.delete('/v1/channels/:channel/messages/:seq', async (c) => {
    const identity = await writer(c);
    const { channel, seq } = parse(messageParams, c.req.param());
    const of = await requireOwn(identity, 'publish', { channel, seq });
    return commit(c, { type: 'delete', channel, target: seq, author: identity.author }, of);
  });

  const react = (op: 'add' | 'remove') => async (c: Context<HttpEnv>) => {
    const identity = await writer(c);
    const { channel, seq, emoji } = parse(reactionParams, c.req.param());
    // The answer holds the message.
    await access.require(identity, 'subscribe', channel);
    await access.require(identity, 'publish', channel);
    const { author } = identity;
    return commit(c, { type: 'reaction', channel, target: seq, author, emoji, op });
  };
  app.put('/v1/channels/:channel/messages/:seq/reactions/:emoji', react('add'));
  app.delete('/v1/channels/:channel/messages/:seq/reactions/:emoji', react('remove'));

  const pin = (op: 'add' | 'remove') => async (c: Context<HttpEnv>) => {
    const identity = await writer(c);
    const { channel, seq } = parse(messageParams, c.req.param());
    await access.require(identity, 'moderate', channel);
    // The answer holds the message.
    await access.require(identity, 'subscribe', channel);
    const message = await history.get(channel, seq);
    if (message === undefined || !isMessage(message)) throw noSuchMessage();
    const { author } = identity;
    return commit(c, { type: 'pin', channel, message: seq, author, op }, message.author);
  };
  app.put('/v1/channels/:channel/pins/:seq', pin('add'));
  app.delete('/v1/channels/:channel/pins/:seq', pin('remove'));

  app.get('/v1/channels/:channel/messages/:seq/revisions', async (c) => {
    const identity = await identify(c);
    await limits.admitRead(c.env.incoming, identity);
    const asked = parse(revisionsRequest, { ...c.req.query(), ...c.req.param() });
    const { channel, seq, after = 0, limit = DEFAULT_LIMIT } = asked;
    await requireOwn(identity, 'subscribe', { channel, seq });
    const found = await history.revisions(channel, seq, after, limit + 1);
    const revisions = found.slice(0, limit);
    const path = `/v1/channels/${channel}/messages/${seq}/revisions`;
    const next = found.length > limit ? `${path}?after=${revisions.at(-1)?.seq}&limit=${limit}` : null;
    return jsonResponse(200, { channel, seq, revisions, next }, linkHeader({ next }));
  });
}

function refusal(outcome: 'missing' | 'deleted' | 'full', type: ChangeDraft['type']): Problem {
  if (outcome === 'missing') return noSuchMessage();
  if (outcome === 'deleted') return new Problem('deleted', 'The message was deleted before.');
  return new Problem('limit_reached', MOST[type]);
}

/** How much there may be of what somebody does. Deletions have no bound. */
const MOST: Readonly<Record<ChangeDraft['type'], string>> = {
  edit: `A message is edited at most ${MAX_EDITS_PER_MESSAGE} times.`,
  delete: '',
  reaction: `A message has at most ${MAX_EMOJI_PER_MESSAGE} different emoji.`,
  pin: `A channel has at most ${MAX_PINS_PER_CHANNEL} pinned messages.`,
};
