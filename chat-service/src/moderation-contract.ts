/** The schemas of mutes, bans, revocations and the audit. */
import { AUDIT_ACTS } from '@carillon/history';
import { author, channelName } from '@carillon/protocol';
import { z } from 'zod';
import { line, personId } from './channel-contract.ts';
import { channelParams, limit } from './contract.ts';

/** The longest sanction, s: ten years, for sanctions without an end. */
const MAX_SECONDS = 10 * 365 * 24 * 60 * 60;

/** One line, shown to the person and to readers of the audit log. */
const MAX_REASON_LENGTH = 250;

export const sanctionParams = channelParams.extend({ person: personId.meta({ example: 'eve' }) });
export const personParams = z.object({ person: personId.meta({ example: 'eve' }) });

export const newSanction = z
  .strictObject({
    seconds: z.int().min(1).max(MAX_SECONDS).meta({ description: 'how long it is in force' }),
    reason: line(MAX_REASON_LENGTH)
      .default('')
      .meta({ maxLength: MAX_REASON_LENGTH, description: 'the person sees it, too' }),
  })
  .meta({ id: 'NewSanction', example: { seconds: 3_600, reason: 'spam' } });

export const sanctionAnswer = z
  .object({
    kind: z.enum(['mute', 'ban']),
    person: z.string().meta({ description: 'id of the person' }),
    channel: channelName.optional().meta({ description: 'absent if it is in force everywhere' }),
    until: z.iso.datetime(),
    reason: z.string(),
    by: author,
  })
  .meta({ id: 'Sanction' });

const next = z.string().nullable().meta({ description: 'path of the page after this one' });

export const sanctionPage = z
  .object({ sanctions: z.array(sanctionAnswer).meta({ description: "by the person's id" }), next })
  .meta({ id: 'SanctionPage' });

export const revocationAnswer = z
  .object({
    person: z.string(),
    before: z.iso
      .datetime()
      .meta({ description: 'sessions and tokens issued up to this time are no longer valid' }),
  })
  .meta({ id: 'Revocation' });

export const auditQuery = z.object({
  channel: channelName.optional().meta({ description: 'only this channel; by default everything' }),
  before: z
    .string()
    .regex(/^[1-9][0-9]{0,15}$/, 'must be the id of an entry')
    .transform(Number)
    .optional()
    .meta({ type: 'integer', minimum: 1, description: 'entries before the one with this id' }),
  limit,
});

export const auditPage = z
  .object({
    lines: z
      .array(
        z.object({
          id: z.int(),
          at: z.iso.datetime(),
          by: author,
          act: z.enum(AUDIT_ACTS),
          channel: z.string().optional(),
          person: z.string().optional().meta({ description: 'id of the person it is about' }),
          details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
        }),
      )
      .meta({ description: 'newest first' }),
    next,
  })
  .meta({ id: 'AuditPage' });
