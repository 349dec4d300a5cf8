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

/** Those that come with the call that makes a channel; more are added one by one. */
const MAX_FIRST_MEMBERS = 100;

/** Text of one line, as it was sent. */
export const line = (most: number) =>
  z.string().superRefine((text, context) => {
    const say = (message: string) => context.addIssue({ code: 'custom', message });
    if (text.length > most) say(`must be at most ${most} characters`);
    if (/\p{Cc}/u.test(text)) say('must be one line, without control characters');
    else if (!text.isWellFormed()) say('must be well-formed Unicode');
  });

/** Whose tokens an identity provider gives, in a path. */
export const personId = author.shape.id
  .refine((id) => !/\p{Cc}/u.test(id) && id.isWellFormed(), 'must not contain control characters')
  .meta({ description: 'id of a person' });

/** What somebody is called of whom only the id is known. */
export const nameOfId = (id: string): string =>
  shownAuthor({ id, name: id.slice(0, MAX_NAME_LENGTH).toWellFormed() }).name;

const role = z.enum(['member', 'owner']).meta({ description: 'an owner moderates the channel' });
const visibility = z
  .enum(['public', 'private'])
  .meta({ description: 'a private channel is there for its members alone' });
const topic = line(MAX_TOPIC_LENGTH).meta({ maxLength: MAX_TOPIC_LENGTH, description: 'empty for none' });

/** In examples it is not one that there is. */
export const newChannelParams = z.object({ channel: channelName.meta({ example: 'team' }) });

export const newChannel = z
  .strictObject({
    visibility: visibility.default('public'),
    topic: topic.default(''),
    members: z
      .array(z.strictObject({ id: personId, name: displayName.optional(), role: role.default('member') }))
      .max(MAX_FIRST_MEMBERS)
      .default([])
      .meta({ description: 'besides you, who becomes its owner' }),
  })
  .meta({ id: 'NewChannel', example: { topic: 'Whatever comes to mind' } });

export const channelChange = z
  .strictObject({
    visibility: visibility.optional(),
    topic: topic.optional(),
    archived: z.boolean().optional().meta({ description: 'an archived channel takes nothing new' }),
  })
  // A body that did not arrive is not a change that was made.
  .refine((change) => Object.keys(change).length > 0, 'must say what is to be another')
  .meta({
    id: 'ChannelChange',
    minProperties: 1,
    description: 'What is to be another',
    example: { topic: 'What we do today' },
  });

export const settingsAnswer = z
  .object({
    channel: channelName,
    visibility,
    topic: z.string(),
    archived: z.boolean(),
    createdAt: z.iso.datetime().optional().meta({ description: 'absent where it came to be by a post' }),
    createdBy: author.optional(),
  })
  .meta({ id: 'ChannelSettings' });

export const memberParams = channelParams.extend({ person: personId.meta({ example: 'eve' }) });

export const newMember = z
  .strictObject({
    name: displayName.optional().meta({ description: 'what they are called; their id where it is not said' }),
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
    .refine((id) => unstorable(id) === undefined, 'is nobody’s id')
    .optional()
    .meta({ description: 'those after this id' }),
  limit,
});

export const memberPage = z
  .object({
    members: z.array(memberAnswer).meta({ description: 'by id' }),
    next: z.string().nullable().meta({ description: 'path of the page after this one' }),
  })
  .meta({ id: 'MemberPage' });
