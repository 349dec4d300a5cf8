/** The schemas of a channel's settings and members. */
import { shownAuthor } from '@carillon/auth';
import {
  author,
  channelName,
  displayName,
  MAX_NAME_LENGTH,
  MAX_TOPIC_LENGTH,
  unstorable,
} from '@carillon/protocol';
import { z } from 'zod';
import { channelParams, limit } from './contract.ts';

/** Most members that you can name when you create a channel; you add more one by one. */
const MAX_FIRST_MEMBERS = 100;

/** One line of text, kept as it was sent; at most `most` UTF-16 code units. */
export const line = (most: number) =>
  z.string().superRefine((text, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', message });
    if (text.length > most) say(`must be at most ${most} characters`);
    if (/\p{Cc}/u.test(text)) say('must be one line, without control characters');
    else if (!text.isWellFormed()) say('must be well-formed Unicode');
  });

/** A person's id, as an identity provider gives it, in a path. */
export const personId = author.shape.id
  .refine((id) => !/\p{Cc}/u.test(id) && id.isWellFormed(), 'must not contain control characters')
  .meta({ description: 'id of a person' });

/** The name shown for a person of whom only the id is known. */
export const nameOfId = (id: string): string =>
  shownAuthor({ id, name: id.slice(0, MAX_NAME_LENGTH).toWellFormed() }).name;

const role = z.enum(['member', 'owner']).meta({ description: 'an owner moderates the channel' });
const visibility = z.enum(['public', 'private']).meta({ description: 'only members see a private channel' });
const topic = line(MAX_TOPIC_LENGTH).meta({
  maxLength: MAX_TOPIC_LENGTH,
  description: 'empty for no topic',
});

/** The example is another name, because a channel of this name must not exist yet. */
export const newChannelParams = z.object({ channel: channelName.meta({ example: 'team' }) });

export const newChannel = z
  .strictObject({
    visibility: visibility.default('public'),
    topic: topic.default(''),
    members: z
      .array(z.strictObject({ id: personId, name: displayName.optional(), role: role.default('member') }))
      .max(MAX_FIRST_MEMBERS)
      .default([])
      .meta({ description: 'members besides you; you become the owner' }),
  })
  .meta({ id: 'NewChannel', example: { topic: 'Whatever comes to mind' } });

export const channelChange = z
  .strictObject({
    visibility: visibility.optional(),
    topic: topic.optional(),
    archived: z
      .boolean()
      .optional()
      .meta({ description: 'an archived channel can be read and takes no posts' }),
  })
  // Otherwise a request whose body was lost on the way would be answered like a change.
  .refine((change) => Object.keys(change).length > 0, 'must have a field to change')
  .meta({
    id: 'ChannelChange',
    minProperties: 1,
    description: 'The fields to change',
    example: { topic: 'What we do today' },
  });

export const settingsAnswer = z
  .object({
    channel: channelName,
    visibility,
    topic: z.string(),
    archived: z.boolean(),
    createdAt: z.iso.datetime().optional().meta({ description: 'absent if a post created the channel' }),
    createdBy: author.optional(),
  })
  .meta({ id: 'ChannelSettings' });

export const memberParams = channelParams.extend({ person: personId.meta({ example: 'eve' }) });

export const newMember = z
  .strictObject({
    name: displayName.optional().meta({ description: 'the name shown; by default their id' }),
    role: role.default('member'),
  })
  .meta({ id: 'NewMember', example: { name: 'Ada' } });

export const memberAnswer = z
  .object({ id: z.string(), name: z.string(), role, since: z.iso.datetime() })
  .meta({ id: 'Member' });

export const peopleQuery = z.object({
  after: z
    .string()
    .min(1)
    .max(128)
    .refine((id) => unstorable(id) === undefined, 'is not a valid id')
    .optional()
    .meta({ description: 'members after this id' }),
  limit,
});

export const memberPage = z
  .object({
    members: z.array(memberAnswer).meta({ description: 'by id' }),
    next: z.string().nullable().meta({ description: 'path of the page after this one' }),
  })
  .meta({ id: 'MemberPage' });
