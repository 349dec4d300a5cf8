import {
  type ChannelAccess,
  MAX_SANCTIONS,
  MAX_SANCTIONS_PER_CHANNEL,
  type Sanction,
  type SanctionKind,
} from '@carillon/history';
import { type Identity, Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type CallerParts, readJson, requireCaller } from '../caller.ts';
import { peopleQuery } from '../channel-contract.ts';
import { channelParams, DEFAULT_LIMIT } from '../contract.ts';
import { linkHeader } from '../link-header.ts';
import {
  newSanction,
  personParams,
  sanctionAnswer,
  sanctionPage,
  sanctionParams,
} from '../moderation-contract.ts';
import { json, jsonBody, NEXT_LINK } from '../openapi/media.ts';
import { BODY_PROBLEMS, CALL_PROBLEMS, problems, WRITE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { IDENTIFIED } from '../openapi/security.ts';
import type { RecordAudit } from './channel-settings.ts';

export interface ModerationRouteParts extends CallerParts {
  store: ChannelAccess;
  recordAudit: RecordAudit;
}

/** The lowest rank that moderates everything, see `rankOf` in packages/access. */
const EVERYWHERE_RANK = 3;

/** The id of the caller that uses the admin token. */
const ADMIN_ID = 'admin';

/** `PUT` and `DELETE …/mutes/{person}` and `…/bans/{person}`, on a channel and everywhere; `GET` lists those in force. */
export function moderationRoutes(api: Api, parts: ModerationRouteParts): void {
  for (const kind of ['mute', 'ban'] as const) {
    sanctionRoutes(api, kind, `/v1/channels/{channel}/${kind}s`, parts);
    sanctionRoutes(api, kind, `/v1/${kind}s`, parts);
  }
}

function sanctionRoutes(
  api: Api,
  kind: SanctionKind,
  path: string,
  { store, recordAudit, ...parts }: ModerationRouteParts,
): void {
  const onChannel = path.includes('{channel}');
  const where = onChannel ? 'on a channel' : 'everywhere';
  const described = { tags: ['moderation'], security: IDENTIFIED };

  const list = createRoute({
    ...described,
    method: 'get',
    path,
    summary: `The ${kind}s in force ${where}`,
    request: { params: onChannel ? channelParams : z.object({}), query: peopleQuery },
    responses: {
      200: { description: 'A page', content: json(sanctionPage), headers: NEXT_LINK },
      ...problems('not_found', ...CALL_PROBLEMS),
    },
  });
  addRoute(api, list, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel }: { channel?: string } = route.params(c);
    await requireModerator(parts, identity, channel);
    const { after, limit = DEFAULT_LIMIT } = route.query(c);
    const found = await store.sanctions(kind, channel, after ?? '', limit + 1);
    const page = found.slice(0, limit);
    const last = encodeURIComponent(page.at(-1)?.person ?? '');
    const here = path.replace('{channel}', channel ?? '');
    const next = found.length > limit ? `${here}?after=${last}&limit=${limit}` : null;
    return route.answer(200, { sanctions: page.map(answer), next }, linkHeader({ next }));
  });

  const params = onChannel ? sanctionParams : personParams;
  const impose = createRoute({
    ...described,
    method: 'put',
    path: `${path}/{person}`,
    summary: kind === 'mute' ? `Mute somebody ${where}` : `Ban somebody ${where}`,
    request: { params, body: jsonBody(newSanction) },
    responses: {
      200: { description: 'In force', content: json(sanctionAnswer) },
      ...problems('not_found', 'limit_reached', ...BODY_PROBLEMS, ...WRITE_PROBLEMS),
    },
  });
  addRoute(api, impose, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, person }: SanctionPath = route.params(c);
    const rank = await requireModerator(parts, identity, channel);
    if (person === identity.author.id) throw new Problem('forbidden', `Nobody can ${kind} themselves.`);
    if (person === ADMIN_ID)
      throw new Problem('forbidden', `The administrator cannot be ${kind === 'ban' ? 'banned' : 'muted'}.`);
    const { seconds, reason } = route.body(await readJson(c.env.incoming));
    const scope = channel === undefined ? {} : { channel };
    const by = identity.author;
    const set = await store.sanction({ kind, person, ...scope, reason, by, rank, ms: seconds * 1_000 });
    if (set.outcome === 'outranked') throw outranked();
    if (set.outcome === 'full') {
      const bound =
        channel === undefined
          ? `At most ${MAX_SANCTIONS} mutes and bans hold everywhere at the same time.`
          : `At most ${MAX_SANCTIONS_PER_CHANNEL} mutes and bans hold on a channel, and ${MAX_SANCTIONS} on all channels.`;
      throw new Problem('limit_reached', bound);
    }
    await recordAudit({ act: kind, by: by.id, channel, person });
    return route.answer(200, answer(set.sanction));
  });

  const lift = createRoute({
    ...described,
    method: 'delete',
    path: `${path}/{person}`,
    summary: `End a ${kind} ${where}`,
    request: { params },
    responses: { 204: { description: 'Ended' }, ...problems('not_found', ...WRITE_PROBLEMS) },
  });
  addRoute(api, lift, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, person }: SanctionPath = route.params(c);
    const rank = await requireModerator(parts, identity, channel);
    const scope = channel === undefined ? {} : { channel };
    const lifted = await store.lift({ kind, person, ...scope, by: identity.author, rank });
    if (lifted === 'outranked') throw outranked();
    if (lifted === 'missing') throw new Problem('not_found', `There is no ${kind} that holds.`);
    await recordAudit({ act: `un${kind}`, by: identity.author.id, channel, person });
    return route.answer(204);
  });
}

/** Without a channel it is in force everywhere. */
interface SanctionPath {
  channel?: string;
  person: string;
}

/** The caller's rank on a channel, or everywhere. Throws the problem of a caller that does not moderate it. */
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
