import { type ChannelAccess, MAX_MEMBERS, type Member } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { Problem } from '@carillon/protocol';
import { type CallerParts, readJson, requireCaller, requireReader } from '../caller.ts';
import { memberParams, nameOfId, newMember, peopleQuery } from '../channel-contract.ts';
import { channelParams, DEFAULT_LIMIT } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { parse } from '../validation.ts';
import type { Acted } from './channel-settings.ts';

export interface MemberRouteParts extends CallerParts {
  store: ChannelAccess;
  acted: Acted;
}

const NO_CHANNEL = 'There is no such channel.';

/** `/v1/channels/{channel}/members`: who reads a private channel, and who owns it. Everybody may leave. */
export function memberRoutes(app: HttpApp, { store, acted, ...parts }: MemberRouteParts): void {
  const path = '/v1/channels/:channel/members';

  app.get(path, async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    const { after, limit = DEFAULT_LIMIT } = parse(peopleQuery, c.req.query(), 'query');
    await requireReader(parts, c.env.incoming, channel);
    const found = await store.members(channel, after ?? '', limit + 1);
    const page = found.slice(0, limit);
    const last = encodeURIComponent(page.at(-1)?.person.id ?? '');
    const next = found.length > limit ? `/v1/channels/${channel}/members?after=${last}&limit=${limit}` : null;
    return jsonResponse(200, { members: page.map(answer), next }, linkHeader({ next }));
  });

  app.put(`${path}/:person`, async (c) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, person } = parse(memberParams, c.req.param());
    await parts.access.require(identity, 'moderate', channel);
    const { name = nameOfId(person), role } = parse(newMember, await readJson(c.env.incoming));
    const set = await store.setMember(channel, { person: { id: person, name }, role }, identity.author);
    if (set.outcome === 'missing') throw new Problem('not_found', NO_CHANNEL);
    if (set.outcome === 'full') {
      throw new Problem('limit_reached', `A channel has at most ${MAX_MEMBERS} members.`);
    }
    if (set.outcome !== 'unchanged') await acted({ act: 'member', by: identity.author.id, channel, person });
    return jsonResponse(set.outcome === 'added' ? 201 : 200, answer(set.member));
  });

  app.delete(`${path}/:person`, async (c) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, person } = parse(memberParams, c.req.param());
    const { author } = identity;
    if (person !== author.id) await parts.access.require(identity, 'moderate', channel);
    if (!(await store.removeMember(channel, person, author))) {
      throw new Problem('not_found', person === author.id ? NO_CHANNEL : 'This channel has no such member.');
    }
    await acted({ act: 'leave', by: author.id, channel, person });
    return new Response(null, { status: 204 });
  });
}

const answer = ({ person, role, since }: Member) => ({ ...person, role, since });
