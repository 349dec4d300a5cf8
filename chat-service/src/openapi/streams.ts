import {
  channelName,
  drainEvent,
  heartbeatEvent,
  MAX_CHANNELS_PER_STREAM,
  MAX_CURSOR_LENGTH,
  openEvent,
  resetEvent,
  typingEvent,
} from '@carillon/protocol';
import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { channelParams } from '../contract.ts';
import { problems } from './problems.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const EVENTS = `A message has no \`event:\` line (EventSource: \`onmessage\`) and is a \`Message\` in JSON. Others by name:
- \`open\` (\`OpenEvent\`): first of each stream; where each channel stands.
- \`heartbeat\` (\`HeartbeatEvent\`): about every 15 s.
- \`reset\` (\`ResetEvent\`): events between your cursor and \`from\` will not come; \`history\` says where to read what is kept.
- \`presence\` (\`Presence\`): who is on the channel, when that has changed.
- \`typing\` (\`TypingEvent\`): who types on the channel, when that has changed.
- \`drain\` (\`DrainEvent\`): this node goes down; come back with your cursor, to any node.

\`id:\` is the cursor. Send it back as \`Last-Event-ID\` (EventSource does) or \`?cursor=\`, and nothing is missed.`;

const start = z.object({
  cursor: z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .optional()
    .meta({ description: 'the `id:` of the last event received; after `Last-Event-ID`' }),
  since: z.string().optional().meta({
    description:
      'without a cursor: `latest` (default), `earliest`, a number of messages (`-20`) or an age (`10m`)',
    example: '-20',
  }),
  ticket: z
    .string()
    .optional()
    .meta({ description: 'from POST /v1/tickets, where no cookie and no token say who reads' }),
});

const headers = z.object({
  'Last-Event-ID': z.string().max(MAX_CURSOR_LENGTH).optional().meta({ description: 'the cursor' }),
});

const stream = {
  method: 'get' as const,
  tags: ['streams'],
  description: EVENTS,
  responses: {
    200: {
      description: 'The stream; it does not end by itself',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...problems(
      'unauthenticated',
      'forbidden',
      'invalid',
      'not_found',
      'rate_limited',
      'history_away',
      'identity_away',
    ),
  },
};

/** Puts the streams, which broadcast-sse serves on the same origin, into the document. */
export function describeStreams(registry: Registry): void {
  const events = {
    OpenEvent: openEvent,
    HeartbeatEvent: heartbeatEvent,
    ResetEvent: resetEvent,
    DrainEvent: drainEvent,
    TypingEvent: typingEvent,
  };
  for (const [name, schema] of Object.entries(events)) {
    const { $schema, ...described } = z.toJSONSchema(schema);
    registry.registerComponent('schemas', name, described as object);
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
          .meta({ description: 'once for each channel' }),
      }),
      headers,
    },
  });
}
