import {
  type ChannelAccess,
  MAX_SANCTIONS,
  MAX_SANCTIONS_PER_CHANNEL,
  type Sanction,
  type SanctionKind,
} from '@carillon/history';
import type { HttpApp, HttpEnv } from '@carillon/http';
import { type Identity, Problem } from '@carillon/protocol';
import type { Context } from 'hono';
import { type CallerParts, readJson, requireCaller } from '../caller.ts';
import { peopleQuery } from '../channel-contract.ts';
import { channelParams, DEFAULT_LIMIT } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { newSanction, personParams, sanctionParams } from '../moderation-contract.ts';
import { parse } from '../validation.ts';
import type { Acted } from './channel-settings.ts';

export interface ModerationRouteParts extends CallerParts {
  store: ChannelAccess;
  acted: Acted;
}

/** Where the rights to moderate everything begin, see `rankOf` in packages/access. */
const EVERYWHERE_RANK = 3;

/** Whom the admin token makes a caller. */
const ADMIN_ID = 'admin';

/** `PUT` and `DELETE …/mutes/{person}` and `…/bans/{person}`, on a channel and everywhere; `GET` lists those that hold. */
export function moderationRoutes(app: HttpApp, parts: ModerationRouteParts): void {
  for (const kind of ['mute', 'ban'] as const) {
    sanctionRoutes(app, kind, `/v1/channels/:channel/${kind}s`, parts);
    sanctionRoutes(app, kind, `/v1/${kind}s`, parts);
  }
}

function sanctionRoutes(
  app: HttpApp,
  kind: SanctionKind,
  path: string,
  { store, acted, ...parts }: ModerationRouteParts,
): void {
  const placeOf = (c: Context<HttpEnv>) =>
    path.includes(':channel') ? parse(channelParams, { channel: c.req.param('channel') }).channel : undefined;

  app.get(path, async (c) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const channel = placeOf(c);
    await requireModerator(parts, identity, channel);
    const { after, limit = DEFAULT_LIMIT } = parse(peopleQuery, c.req.query(), 'query');
    const found = await store.sanctions(kind, channel, after ?? '', limit + 1);
    const page = found.slice(0, limit);
    const last = encodeURIComponent(page.at(-1)?.person ?? '');
    const here = path.replace(':channel', channel ?? '');
    const next = found.length > limit ? `${here}?after=${last}&limit=${limit}` : null;
    return jsonResponse(200, { sanctions: page.map(answer), next }, linkHeader({ next }));
  });

  app.put(`${path}/:person`, async (c) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const channel = placeOf(c);
    const { person } = parse(channel === undefined ? personParams : sanctionParams, c.req.param());
    const rank = await requireModerator(parts, identity, channel);
    if (person === identity.author.id) throw new Problem('forbidden', `Nobody can ${kind} themselves.`);
    if (person === ADMIN_ID)
      throw new Problem('forbidden', `The administrator cannot be ${kind === 'ban' ? 'banned' : 'muted'}.`);
    const { seconds, reason } = parse(newSanction, await readJson(c.env.incoming));
    const where = channel === undefined ? {} : { channel };
    const by = identity.author;
    const set = await store.sanction({ kind, person, ...where, reason, by, rank, ms: seconds * 1_000 });
    if (set.outcome === 'outranked') throw outranked();
    if (set.outcome === 'full') {
      const bound =
        channel === undefined
          ? `At most ${MAX_SANCTIONS} mutes and bans hold everywhere at the same time.`
          : `At most ${MAX_SANCTIONS_PER_CHANNEL} mutes and bans hold on a channel, and ${MAX_SANCTIONS} on all channels.`;
      throw new Problem('limit_reached', bound);
    }
    await acted({ act: kind, by: by.id, channel, person });
    return jsonResponse(200, answer(set.sanction));
  });

  app.delete(`${path}/:person`, async (c) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const channel = placeOf(c);
    const { person } = parse(channel === undefined ? personParams : sanctionParams, c.req.param());
    const rank = await requireModerator(parts, identity, channel);
    const where = channel === undefined ? {} : { channel };
    const lifted = await store.lift({ kind, person, ...where, by: identity.author, rank });
    if (lifted === 'outranked') throw outranked();
    if (lifted === 'missing') throw new Problem('not_found', `There is no ${kind} that holds.`);
    await acted({ act: `un${kind}`, by: identity.author.id, channel, person });
    return new Response(null, { status: 204 });
  });
}

/** The rights of who moderates a channel, or everything; throws the problem of who does not. */
export async function requireModerator(
  { access }: CallerParts,
  identity: Identity,
  channel: string | undefined,
): Promise<number> {
  if (channel !== undefined) await access.require(identity, 'moderate', channel);
  const rank = await access.rank(identity, channel);
  if (channel === undefined && rank < EVERYWHERE_RANK) {
    throw new Problem('forbidden', 'This needs the right to moderate every channel (`*`).');
  }
  return rank;
}

const outranked = () => new Problem('forbidden', 'It was done by somebody with more rights than you.');

const answer = ({ remainingMs, rank, ...sanction }: Sanction) => sanction;
