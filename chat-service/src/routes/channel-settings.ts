import type { ChannelAccess, ChannelSettings } from '@carillon/history';
import { MAX_MEMBERS } from '@carillon/history';
import { requestOf } from '@carillon/http';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, readJson, requireCaller } from '../caller.ts';
import {
  channelChange,
  nameOfId,
  newChannel,
  newChannelParams,
  settingsAnswer,
} from '../channel-contract.ts';
import { channelParams } from '../contract.ts';
import { header, json, jsonBody } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems, WRITE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { IDENTIFIED } from '../openapi/security.ts';
import type { Publisher } from '../publisher.ts';

export interface SettingsRouteParts extends CallerParts {
  store: ChannelAccess;
  publisher: Publisher;
  /** Writes down what was done, and has this node know of it. */
  recordAudit: RecordAudit;
}

/** What a moderator or an owner did, as the service's log has it. */
export interface AuditEntry {
  act: string;
  by: string;
  channel?: string | undefined;
  person?: string | undefined;
  seq?: number | undefined;
}

/** Called once an act has been committed: the log gets a line of it, and this node decides by it at once. */
export type RecordAudit = (act: AuditEntry) => Promise<void>;

/** `PUT` and `PATCH /v1/channels/{channel}`: create a channel, and change its topic, its visibility or whether it is archived. */
export function settingsRoutes(
  api: Api,
  { store, publisher, recordAudit, ...parts }: SettingsRouteParts,
): void {
  const described = { tags: ['channels'], security: IDENTIFIED, path: '/v1/channels/{channel}' };

  const make = createRoute({
    ...described,
    method: 'put',
    summary: 'Create a channel; you become its owner',
    request: { params: newChannelParams, body: jsonBody(newChannel, false) },
    responses: {
      201: {
        description: 'Created',
        content: json(settingsAnswer),
        headers: { Location: header('its path') },
      },
      ...problems('muted', 'exists', 'limit_reached', ...BODY_PROBLEMS, ...WRITE_PROBLEMS),
    },
  });
  addRoute(api, make, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel } = route.params(c);
    await parts.access.requireCreation(identity, channel);
    const wanted = route.body(await readJson(c.env.incoming));
    const members = wanted.members.map(({ id, name = nameOfId(id), role }) => ({
      person: { id, name },
      role,
    }));
    const made = await store.create({ ...wanted, channel, members }, identity.author);
    if (made.outcome === 'exists') {
      throw new Problem('exists', 'This name is taken. Nothing was changed.');
    }
    if (made.outcome === 'full') {
      throw new Problem('limit_reached', `A channel has at most ${MAX_MEMBERS} members.`);
    }
    publisher.publish(made.change, requestOf(c.env.incoming)?.span);
    await recordAudit({ act: 'create', by: identity.author.id, channel });
    return route.answer(201, answer(channel, made.settings), { Location: `/v1/channels/${channel}` });
  });

  const change = createRoute({
    ...described,
    method: 'patch',
    summary: 'Change the topic or the visibility of a channel, archive it or unarchive it',
    request: { params: channelParams, body: jsonBody(channelChange) },
    responses: {
      200: { description: 'The settings now', content: json(settingsAnswer) },
      ...problems('not_found', ...BODY_PROBLEMS, ...WRITE_PROBLEMS),
    },
  });
  addRoute(api, change, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel } = route.params(c);
    await parts.access.require(identity, 'moderate', channel);
    const given = route.body(await readJson(c.env.incoming));
    const changed = await store.configure(
      channel,
      given as Parameters<ChannelAccess['configure']>[1],
      identity.author,
    );
    if (changed.outcome === 'missing') throw new Problem('not_found', 'There is no such channel.');
    if (changed.outcome === 'changed') {
      publisher.publish(changed.change, requestOf(c.env.incoming)?.span);
      await recordAudit({ act: 'settings', by: identity.author.id, channel });
    }
    return route.answer(200, answer(channel, changed.settings));
  });
}

const answer = (channel: string, settings: ChannelSettings) => ({ channel, ...settings });
