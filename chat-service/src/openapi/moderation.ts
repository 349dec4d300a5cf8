import type { OpenAPIHono } from '@hono/zod-openapi';
import type { z } from 'zod';
import {
  channelChange,
  memberAnswer,
  memberPage,
  memberParams,
  newChannel,
  newChannelParams,
  newMember,
  peopleQuery,
  settingsAnswer,
} from '../channel-contract.ts';
import { channelParams } from '../contract.ts';
import {
  auditPage,
  auditQuery,
  newSanction,
  personParams,
  revocationAnswer,
  sanctionAnswer,
  sanctionPage,
  sanctionParams,
} from '../moderation-contract.ts';
import { problems } from './problems.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const body = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  body: { required, content: json(schema) },
});
const pageLinks = { Link: { description: 'next (RFC 8288)', schema: { type: 'string' as const } } };
const CALLER = [{ session: [] }, { token: [] }];
const CALL = ['unauthenticated', 'forbidden', 'banned', 'invalid', 'history_away', 'identity_away'] as const;
const BODY = ['bad_json', 'bad_encoding', 'body_too_large', 'unsupported_media_type'] as const;
const WRITE = [...CALL, 'outcome_unknown', 'store_full'] as const;

/** Puts the calls about a channel's settings and members, and about moderation, into the document. */
export function describeModeration(registry: Registry): void {
  describeSettings(registry);
  describeMembers(registry);
  for (const kind of ['mute', 'ban'] as const) {
    describeSanctions(registry, kind, `/v1/channels/{channel}/${kind}s`);
    describeSanctions(registry, kind, `/v1/${kind}s`);
  }
  registry.registerPath({
    method: 'post',
    path: '/v1/people/{person}/revocation',
    tags: ['moderation'],
    security: CALLER,
    summary: 'End all sessions and tokens that a person has until now; all but guests may end their own',
    request: { params: personParams },
    responses: {
      200: { description: 'They are ended, and their streams with them', content: json(revocationAnswer) },
      ...problems('limit_reached', ...WRITE),
    },
  });
  registry.registerPath({
    method: 'delete',
    path: '/v1/people/{person}/revocation',
    tags: ['moderation'],
    security: CALLER,
    summary: 'Take that back: what was issued before is good again, unless it has expired',
    request: { params: personParams },
    responses: {
      204: { description: 'It is taken back' },
      ...problems('not_found', ...WRITE),
    },
  });
  registry.registerPath({
    method: 'get',
    path: '/v1/audit',
    tags: ['moderation'],
    security: CALLER,
    summary: 'What moderators and owners did, newest first',
    request: { query: auditQuery },
    responses: {
      200: { description: 'A page', content: json(auditPage), headers: pageLinks },
      ...problems('not_found', ...CALL),
    },
  });
}

function describeSettings(registry: Registry): void {
  const channel = { tags: ['channels'], security: CALLER, path: '/v1/channels/{channel}' };
  registry.registerPath({
    ...channel,
    method: 'put',
    summary: 'Make a channel, and own it',
    request: { params: newChannelParams, ...body(newChannel, false) },
    responses: {
      201: {
        description: 'It is there',
        content: json(settingsAnswer),
        headers: { Location: { description: 'its path', schema: { type: 'string' } } },
      },
      ...problems('muted', 'exists', 'limit_reached', ...BODY, ...WRITE),
    },
  });
  registry.registerPath({
    ...channel,
    method: 'patch',
    summary: 'Change the topic or the visibility of a channel, archive it or open it again',
    request: { params: channelParams, ...body(channelChange) },
    responses: {
      200: { description: 'What it is now', content: json(settingsAnswer) },
      ...problems('not_found', ...BODY, ...WRITE),
    },
  });
}

function describeMembers(registry: Registry): void {
  const path = '/v1/channels/{channel}/members';
  const members = { tags: ['channels'], security: CALLER };
  registry.registerPath({
    ...members,
    method: 'get',
    path,
    security: [...CALLER, {}],
    summary: 'The members of a channel',
    request: { params: channelParams, query: peopleQuery },
    responses: {
      200: { description: 'A page', content: json(memberPage), headers: pageLinks },
      ...problems('not_found', ...CALL),
    },
  });
  registry.registerPath({
    ...members,
    method: 'put',
    path: `${path}/{person}`,
    summary: 'Make somebody a member or an owner',
    request: { params: memberParams, ...body(newMember, false) },
    responses: {
      201: { description: 'A new member', content: json(memberAnswer) },
      200: { description: 'They were one before', content: json(memberAnswer) },
      ...problems('not_found', 'limit_reached', ...BODY, ...WRITE),
    },
  });
  registry.registerPath({
    ...members,
    method: 'delete',
    path: `${path}/{person}`,
    summary: 'Remove a member; everybody may leave',
    request: { params: memberParams },
    responses: { 204: { description: 'No member any more' }, ...problems('not_found', ...WRITE) },
  });
}

function describeSanctions(registry: Registry, kind: 'mute' | 'ban', path: string): void {
  const here = path.includes('{channel}');
  const where = here ? 'on a channel' : 'everywhere';
  const call = { tags: ['moderation'], security: CALLER };
  registry.registerPath({
    ...call,
    method: 'get',
    path,
    summary: `The ${kind}s that hold ${where}`,
    request: { ...(here && { params: channelParams }), query: peopleQuery },
    responses: {
      200: { description: 'A page', content: json(sanctionPage), headers: pageLinks },
      ...problems('not_found', ...CALL),
    },
  });
  const params = here ? sanctionParams : personParams;
  registry.registerPath({
    ...call,
    method: 'put',
    path: `${path}/{person}`,
    summary: kind === 'mute' ? `Have somebody say nothing ${where}` : `Shut somebody out ${where}`,
    request: { params, ...body(newSanction) },
    responses: {
      200: { description: 'It holds', content: json(sanctionAnswer) },
      ...problems('not_found', 'limit_reached', ...BODY, ...WRITE),
    },
  });
  registry.registerPath({
    ...call,
    method: 'delete',
    path: `${path}/{person}`,
    summary: `End a ${kind} ${where}`,
    request: { params },
    responses: { 204: { description: 'It holds no more' }, ...problems('not_found', ...WRITE) },
  });
}
