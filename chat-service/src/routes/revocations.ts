import { GUEST } from '@carillon/auth';
import { type ChannelAccess, MAX_REVOCATIONS } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, requireCaller } from '../caller.ts';
import { personParams, revocationAnswer } from '../moderation-contract.ts';
import { json } from '../openapi/media.ts';
import { problems, WRITE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { IDENTIFIED } from '../openapi/security.ts';
import type { RecordAudit } from './channel-settings.ts';
import { requireModerator } from './moderation.ts';

export interface RevocationRouteParts extends CallerParts {
  store: ChannelAccess;
  recordAudit: RecordAudit;
}

/** A revocation is kept as long as the longest session lives, ms: a guest's, of a year. */
const KEPT_MS = 366 * 24 * 60 * 60 * 1_000;

/**
 * `POST /v1/people/{person}/revocation` ends all of a person's sessions and tokens that were issued until now; `DELETE` undoes
 * that.
 */
export function revocationRoutes(api: Api, { store, recordAudit, ...parts }: RevocationRouteParts): void {
  const described = {
    path: '/v1/people/{person}/revocation',
    tags: ['moderation'],
    security: IDENTIFIED,
    request: { params: personParams },
  };

  const revoke = createRoute({
    ...described,
    method: 'post',
    summary: 'End all sessions and tokens that a person has now; everybody but guests may end their own',
    responses: {
      200: { description: 'Ended, and their streams with them', content: json(revocationAnswer) },
      ...problems('limit_reached', ...WRITE_PROBLEMS),
    },
  });
  addRoute(api, revoke, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { person } = route.params(c);
    const { author } = identity;
    const self = person === author.id;
    if (person === GUEST.id) throw new Problem('forbidden', 'All who have no session share this id.');
    // Anybody can make thousands of guests, and each revocation is kept on every node for a year.
    if (self && identity.kind === 'guest') {
      throw new Problem('forbidden', 'A guest has the one session: end it by DELETE /v1/session.');
    }
    // Everybody else may sign out everywhere.
    if (!self) await requireModerator(parts, identity, undefined);
    const revoked = await store.revoke({ person, ms: KEPT_MS }, self ? undefined : author);
    if (revoked.outcome === 'full') {
      throw new Problem('limit_reached', `At most ${MAX_REVOCATIONS} revocations hold at the same time.`);
    }
    await recordAudit({ act: 'revoke', by: author.id, person });
    return route.answer(200, { person, before: new Date(revoked.beforeMs).toISOString() });
  });

  const unrevoke = createRoute({
    ...described,
    method: 'delete',
    summary: 'Undo that: earlier sessions and tokens are valid again, unless they have expired',
    responses: { 204: { description: 'Undone' }, ...problems('not_found', ...WRITE_PROBLEMS) },
  });
  addRoute(api, unrevoke, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { person } = route.params(c);
    // Only a moderator: else a thief with a newer stolen session could make the older ones valid again.
    await requireModerator(parts, identity, undefined);
    if (!(await store.unrevoke(person, identity.author))) {
      throw new Problem('not_found', 'There is no revocation that holds.');
    }
    await recordAudit({ act: 'unrevoke', by: identity.author.id, person });
    return route.answer(204);
  });
}
