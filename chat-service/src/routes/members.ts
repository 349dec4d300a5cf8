import { type ChannelAccess, MAX_MEMBERS, type Member } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, readJson, requireCaller, requireReader } from '../caller.ts';
import {
  memberAnswer,
  memberPage,
  memberParams,
  nameOfId,
  newMember,
  peopleQuery,
} from '../channel-contract.ts';
import { channelParams, DEFAULT_LIMIT } from '../contract.ts';
import { linkHeader } from '../link-header.ts';
import { json, jsonBody, NEXT_LINK } from '../openapi/media.ts';
import { BODY_PROBLEMS, CALL_PROBLEMS, problems, WRITE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER, IDENTIFIED } from '../openapi/security.ts';
import type { RecordAudit } from './channel-settings.ts';

export interface MemberRouteParts extends CallerParts {
  store: ChannelAccess;
  recordAudit: RecordAudit;
}

const NO_CHANNEL = 'There is no such channel.';

/** `/v1/channels/{channel}/members`: the readers of a private channel, and its owners. A member may leave. */
export function memberRoutes(api: Api, { store, recordAudit, ...parts }: MemberRouteParts): void {
  const path = '/v1/channels/{channel}/members';
  const tags = ['channels'];

  const list = createRoute({
    method: 'get',
    path,
    tags,
    security: CALLER,
    summary: 'The members of a channel',
    request: { params: channelParams, query: peopleQuery },
    responses: {
      200: { description: 'A page', content: json(memberPage), headers: NEXT_LINK },
      ...problems('not_found', ...CALL_PROBLEMS),
    },
  });
  addRoute(api, list, async (c, route) => {
    const { channel, after, limit = DEFAULT_LIMIT } = route.input(c);
    await requireReader(parts, c.env.incoming, channel);
    const found = await store.members(channel, after ?? '', limit + 1);
    const page = found.slice(0, limit);
    const last = encodeURIComponent(page.at(-1)?.person.id ?? '');
    const next = found.length > limit ? `/v1/channels/${channel}/members?after=${last}&limit=${limit}` : null;
    return route.answer(200, { members: page.map(answer), next }, linkHeader({ next }));
  });

  const set = createRoute({
    method: 'put',
    path: `${path}/{person}`,
    tags,
    security: IDENTIFIED,
    summary: 'Make somebody a member or an owner',
    request: { params: memberParams, body: jsonBody(newMember, false) },
    responses: {
      201: { description: 'A new member', content: json(memberAnswer) },
      200: { description: 'Already a member', content: json(memberAnswer) },
      ...problems('not_found', 'limit_reached', ...BODY_PROBLEMS, ...WRITE_PROBLEMS),
    },
  });
  addRoute(api, set, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, person } = route.params(c);
    await parts.access.require(identity, 'moderate', channel);
    const { name = nameOfId(person), role } = route.body(await readJson(c.env.incoming));
    const done = await store.setMember(channel, { person: { id: person, name }, role }, identity.author);
    if (done.outcome === 'missing') throw new Problem('not_found', NO_CHANNEL);
    if (done.outcome === 'full') {
      throw new Problem('limit_reached', `A channel has at most ${MAX_MEMBERS} members.`);
    }
    if (done.outcome !== 'unchanged')
      await recordAudit({ act: 'member', by: identity.author.id, channel, person });
    return route.answer(done.outcome === 'added' ? 201 : 200, answer(done.member));
  });

  const remove = createRoute({
    method: 'delete',
    path: `${path}/{person}`,
    tags,
    security: IDENTIFIED,
    summary: 'Remove a member; you may remove yourself',
    request: { params: memberParams },
    responses: { 204: { description: 'Removed' }, ...problems('not_found', ...WRITE_PROBLEMS) },
  });
  addRoute(api, remove, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, person } = route.params(c);
    const { author } = identity;
    if (person !== author.id) await parts.access.require(identity, 'moderate', channel);
    if (!(await store.removeMember(channel, person, author))) {
      throw new Problem('not_found', person === author.id ? NO_CHANNEL : 'This channel has no such member.');
    }
    await recordAudit({ act: 'leave', by: author.id, channel, person });
    return route.answer(204);
  });
}

const answer = ({ person, role, since }: Member) => ({ ...person, role, since });
