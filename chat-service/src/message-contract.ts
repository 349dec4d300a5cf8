/** The schemas of a channel's log and of changes to its messages, as they go in and out over HTTP. */
import { changeEvent } from '@carillon/protocol';
import { z } from 'zod';
import { afterSeq, channelParams, extent, limit, link, messageAnswer } from './contract.ts';

export const eventsQuery = z.object({ after: afterSeq, limit });
export const eventsRequest = channelParams.extend(eventsQuery.shape);

const changeAnswer = changeEvent.meta({
  id: 'Change',
  description: 'What happens in a channel beside messages. Its identity is (channel, seq)',
});

export const eventPage = z
  .object({
    channel: z.string(),
    events: z.array(z.union([changeAnswer, messageAnswer])).meta({
      description: 'in order of seq, without holes: messages have no `type`, changes have one',
    }),
    ...extent,
    next: link.meta({ description: 'path of the page after this one' }),
  })
  .meta({ id: 'EventPage' });
