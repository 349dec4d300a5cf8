import { eventLineOf, STREAM_EVENTS, type StreamEventName } from '@carillon/protocol';
import { z } from 'zod';
import { EVENT_NAMES, EVENTS, exampleFrame } from './events.ts';

const ID = { type: 'string', description: 'the cursor: send it back as Last-Event-ID' };

/** The data of an event as JSON Schema, from the zod schema that validates it. Newer servers may send more fields. */
export function dataSchema(name: StreamEventName) {
  const { $schema, ...schema } = z.toJSONSchema(STREAM_EVENTS[name], { target: 'draft-7', io: 'input' });
  return schema;
}

/** Returns the AsyncAPI 3.0 document of the events of a stream. Its headers are the lines of a frame other than `data:`. */
export function asyncApiDocument() {
  const ofOne = Object.fromEntries(EVENT_NAMES.map((name) => [name, ref(`components/messages/${name}`)]));
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Carillon: the events of a stream',
      version: '1',
      description:
        'Server-sent events (text/event-stream). The calls are in [openapi.json](/openapi.json). ' +
        "An event with a seq is part of its channel's log: it is replayed after you reconnect, and comes once.",
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      one: {
        address: '/v1/channels/{channel}/stream',
        description: 'One channel; the same at /c/{channel}. Each event with a seq carries the cursor.',
        parameters: { channel: { description: '1 to 64 of a-z, 0-9, "-" and "_"' } },
        messages: ofOne,
      },
      several: {
        address: '/v1/stream',
        description:
          'Channels as ?channel=a&channel=b. The last event of each write carries the id, the cursor of all channels; those before it have no id.',
        messages: ofOne,
      },
    },
    operations: {
      streamOne: { action: 'send', channel: ref('channels/one'), summary: 'Stream one channel' },
      streamSeveral: { action: 'send', channel: ref('channels/several'), summary: 'Stream several channels' },
    },
    components: { messages: Object.fromEntries(EVENT_NAMES.map((name) => [name, describe(name)])) },
  };
}

const ref = (path: string) => ({ $ref: `#/${path}` });

function describe(name: StreamEventName) {
  const { title, when, durable, example } = EVENTS[name];
  const line = eventLineOf(name);
  const event = line === undefined ? {} : { event: { const: line } };
  return {
    name,
    title,
    summary: when,
    contentType: 'application/json',
    tags: [{ name: durable ? 'of the log' : 'not of the log' }],
    headers: { type: 'object', properties: { ...event, ...(durable && { id: ID }) } },
    payload: dataSchema(name),
    examples: [{ payload: example }],
    'x-frame': exampleFrame(name),
  };
}
