import {
  CHANGE_LINE,
  channelName,
  eventLineOf,
  HEARTBEAT_SECONDS,
  MAX_CHANNELS_PER_STREAM,
  MIN_HEARTBEAT_SECONDS,
  STREAM_EVENTS,
} from '@carillon/protocol';
import { z } from 'zod';
import { EVENT_NAMES, EVENTS } from '../asyncapi/events.ts';
import { channelParams } from '../contract.ts';
import { problems } from './problems.ts';
import type { Api } from './route.ts';
import { READER } from './security.ts';

const NAMED_EVENTS = EVENT_NAMES.filter((name) => name !== 'message');
const EVENT_LINES = [...new Set(NAMED_EVENTS.flatMap((name) => eventLineOf(name) ?? []))];

const schemaName = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}Event`;

const DESCRIPTION = `A message has no \`event:\` line (EventSource: \`onmessage\`) and is a \`Message\` in JSON. Changes have \`event: ${CHANGE_LINE}\`
and their type in the data; others have their name in the \`event:\` line. Ignore a type, an event or a field that you do not know.
${NAMED_EVENTS.map((name) => `- \`${name}\` (\`${schemaName(name)}\`): ${EVENTS[name].title}`).join('\n')}

[All of them](/docs/events), with their fields and how they are on the wire; for programs in [asyncapi.json](/asyncapi.json).

\`id:\` is the cursor. Send it back as \`Last-Event-ID\` (EventSource does) or \`?cursor=\`, and nothing is missed. A cursor
that cannot be used is no fault of the request: the stream opens, and a \`reset\` in it says what is missing.`;

/** One event, its lines by name; `data` is JSON, as the schema of the event's name says. */
const streamEvent = z
  .object({
    event: z.enum(EVENT_LINES).optional(),
    id: z.string().optional(),
    retry: z.int().min(0).optional(),
    data: z.string(),
  })
  .meta({ id: 'StreamEvent', description: 'each event of the stream; a message has no `event`' });

const start = z.object({
  cursor: z
    .string()
    .optional()
    .meta({ description: 'the `id:` of the last event received; after `Last-Event-ID`' }),
  lastEventId: z
    .string()
    .optional()
    .meta({ description: 'the same, as some polyfills of EventSource send it; before `cursor`' }),
  since: z.string().optional().meta({
    description:
      'without a cursor: `latest` (default), `earliest`, a number of messages (`-20`) or an age (`10m`)',
    example: '-20',
  }),
  heartbeat: z
    .int()
    .min(MIN_HEARTBEAT_SECONDS)
    .max(HEARTBEAT_SECONDS)
    .default(HEARTBEAT_SECONDS)
    .optional()
    .meta({
      description: 'seconds between heartbeats: for clients whose read timeout is shorter',
      example: 4,
    }),
});

const headers = z.object({
  'Last-Event-ID': z.string().optional().meta({ description: 'the cursor' }),
});

const stream = {
  method: 'get' as const,
  tags: ['streams'],
  security: READER,
  description: DESCRIPTION,
  responses: {
    200: {
      description:
        'The stream, in chunks. Where it ends without a last chunk, come back with the cursor; with one, after `denied`, it is over',
      content: { 'text/event-stream': { schema: streamEvent } },
    },
    ...problems(
      'unauthenticated',
      'forbidden',
      'banned',
      'invalid',
      'not_found',
      'not_acceptable',
      'rate_limited',
      'history_away',
      'identity_away',
    ),
  },
};

/** Puts the streams, which broadcast-sse serves on the same origin, into the document. */
export function describeStreams({ openAPIRegistry: registry }: Api): void {
  for (const name of NAMED_EVENTS) {
    const { $schema, ...described } = z.toJSONSchema(STREAM_EVENTS[name]);
    registry.registerComponent('schemas', schemaName(name), described as object);
  }
  const one = { params: channelParams, query: start, headers };
  registry.registerPath({
    ...stream,
    path: '/v1/channels/{channel}/stream',
    summary: 'Stream of one channel',
    request: one,
  });
  registry.registerPath({
    ...stream,
    path: '/c/{channel}',
    summary: 'Stream of one channel, by the short URL; a browser (Accept: text/html) gets the page',
    request: one,
  });
  registry.registerPath({
    ...stream,
    path: '/v1/stream',
    summary: 'Stream of several channels',
    request: {
      query: start.extend({
        channel: z
          .array(channelName)
          .min(1)
          .max(MAX_CHANNELS_PER_STREAM)
          .meta({ description: 'once for each channel', example: ['lobby', 'hello'] }),
      }),
      headers,
    },
  });
}
