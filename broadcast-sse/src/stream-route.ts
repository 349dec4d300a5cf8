import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { becomesStream, type HttpEnv, problemResponse } from '@carillon/http';
import {
  channelName,
  fieldErrors,
  HEARTBEAT_SECONDS,
  type Identity,
  MAX_CHANNELS_PER_STREAM,
  MAX_CURSOR_LENGTH,
  MIN_HEARTBEAT_SECONDS,
  Problem,
  since,
} from '@carillon/protocol';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context } from 'hono';
import { z } from 'zod';
import type { Hub } from './hub.ts';
import type { Wish } from './seating.ts';
import { openStream, STREAM_HEADERS } from './socket-sink.ts';
import { isBare } from './stream-listener.ts';
import type { Holder } from './subscriber.ts';

/** Who asks for a stream. */
export interface Asker {
  identity: Identity;
  /** Finds whom the stream is counted for, in the turn in which it begins; undefined where there is no limit. */
  holderOf: (() => Holder) | undefined;
}

const wish = z.object({
  channel: z
    .array(channelName)
    .min(1, 'name at least one channel')
    .max(MAX_CHANNELS_PER_STREAM, `name at most ${MAX_CHANNELS_PER_STREAM} channels`),
  since: since.default({ kind: 'latest' }),
  heartbeat: z.coerce
    .number('must be a number of seconds')
    .int('must be a whole number of seconds')
    .min(MIN_HEARTBEAT_SECONDS)
    .max(HEARTBEAT_SECONDS)
    .default(HEARTBEAT_SECONDS),
});

/**
 * Answers a request for a stream of `channels`: reads where it is to start (`Last-Event-ID`, else `?lastEventId=`, by which
 * some polyfills of EventSource come back, else `?cursor=`, else `?since=`) and how often it wants a heartbeat, and hands its
 * connection to the hub as that of `asker`. From then on it never fails with a status: EventSource gives up for ever on any but 200.
 *
 * @throws Problem `invalid` where a channel, `since` or `heartbeat` is none; and what `holderOf` throws.
 */
export function streamTo(hub: Hub, c: Context<HttpEnv>, channels: readonly string[], asker: Asker): Response {
  const read = readWish(c, channels);
  if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS);
  const { outgoing } = c.env;
  // Behind requests of the same connection that are not answered yet, it comes to the connection later.
  if (outgoing.socket === null)
    outgoing.once('socket', (socket: Socket) => beginLater(hub, read, asker, outgoing, socket));
  else begin(hub, read, asker, outgoing, outgoing.socket);
  return RESPONSE_ALREADY_SENT;
}

/** Nobody else is left to answer for what is thrown. */
function beginLater(hub: Hub, read: Wish, asker: Asker, outgoing: ServerResponse, socket: Socket): void {
  try {
    begin(hub, read, asker, outgoing, socket);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status, headers } = problemResponse(error);
    outgoing.writeHead(status, Object.fromEntries(headers)).end(JSON.stringify(error.document()));
  }
}

function begin(hub: Hub, read: Wish, asker: Asker, outgoing: ServerResponse, socket: Socket): void {
  if (socket.destroyed) return;
  const holder = asker.holderOf?.();
  const asked = becomesStream(outgoing.req);
  const request = asked && { id: asked.id, traceId: asked.span?.traceId ?? asked.caller?.traceId };
  const reader = { identity: asker.identity, holder, request };
  // On the upgrade path the connection is ours alone. On the plain one Node's parser stays on it, and so must the
  // response, behind which a further request of this connection waits for ever.
  if (isBare(outgoing)) outgoing.detachSocket(socket);
  const received = outgoing.req.httpVersion === '1.0' ? '1.0' : '1.1';
  hub.attach(openStream(socket, hub, reader, received), read);
}

function readWish(c: Context<HttpEnv>, channels: readonly string[]): Wish {
  const parsed = wish.safeParse({
    channel: [...new Set(channels)],
    since: c.req.query('since'),
    heartbeat: c.req.query('heartbeat'),
  });
  if (!parsed.success) {
    throw new Problem('invalid', 'The stream cannot be opened as asked.', {
      errors: fieldErrors(parsed.error),
    });
  }
  const { channel, since, heartbeat } = parsed.data;
  const given = { channels: channel, since, heartbeatSeconds: heartbeat };
  const cursor = c.req.header('last-event-id') || c.req.query('lastEventId') || c.req.query('cursor');
  // Only the length is looked at here: what is wrong with a cursor is said in the stream.
  return cursor === undefined || cursor === ''
    ? given
    : { ...given, cursor: cursor.slice(0, MAX_CURSOR_LENGTH + 1) };
}
