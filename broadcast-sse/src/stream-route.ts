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
import type { StreamRequest } from './admission.ts';
import type { Hub } from './hub.ts';
import { openStream, STREAM_HEADERS } from './socket-sink.ts';
import type { StreamQuota } from './stream.ts';
import { isBare } from './stream-listener.ts';

/** The caller that asks for a stream. */
export interface StreamCaller {
  identity: Identity;
  /** Finds the quota that the stream counts against, in the turn in which it begins; undefined if there is no limit. */
  quotaOf: (() => StreamQuota) | undefined;
}

const streamRequest = z.object({
  channel: z
    .array(channelName)
    .min(1, 'name at least one channel')
    .max(MAX_CHANNELS_PER_STREAM, `name at most ${MAX_CHANNELS_PER_STREAM} channels`),
  since: since.default({ kind: 'latest' }),
  heartbeat: z.coerce
    // The text of every refusal: zod takes that of the schema before those of its bounds.
    .number(`must be a whole number of seconds, from ${MIN_HEARTBEAT_SECONDS} to ${HEARTBEAT_SECONDS}`)
    .int()
    .min(MIN_HEARTBEAT_SECONDS)
    .max(HEARTBEAT_SECONDS)
    .default(HEARTBEAT_SECONDS),
});

/**
 * Answers a request for a stream of `channels`. Reads where the stream starts (`Last-Event-ID`, else `?lastEventId=`, which
 * some polyfills of EventSource send, else `?cursor=`, else `?since=`) and how often it gets a heartbeat (`?heartbeat=`, s), and
 * hands its connection to the hub. From then on it never fails with a status: EventSource gives up for good on any but 200
 * (HTML, 9.2.3).
 *
 * @throws Problem `invalid` if a channel, `since` or `heartbeat` is invalid; and what `quotaOf` throws.
 */
export function streamTo(
  hub: Hub,
  c: Context<HttpEnv>,
  channels: readonly string[],
  caller: StreamCaller,
): Response {
  const request = readRequest(c, channels);
  if (c.req.method === 'HEAD') return c.body(null, 200, STREAM_HEADERS);
  const { outgoing } = c.env;
  // Behind requests of the same connection that are not answered yet, the response gets its socket later.
  if (outgoing.socket === null)
    outgoing.once('socket', (socket: Socket) => beginLater(hub, request, caller, outgoing, socket));
  else begin(hub, request, caller, outgoing, outgoing.socket);
  return RESPONSE_ALREADY_SENT;
}

/** By then no caller is left that answers what is thrown. */
function beginLater(
  hub: Hub,
  request: StreamRequest,
  caller: StreamCaller,
  outgoing: ServerResponse,
  socket: Socket,
): void {
  try {
    begin(hub, request, caller, outgoing, socket);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status, headers } = problemResponse(error);
    outgoing.writeHead(status, Object.fromEntries(headers)).end(JSON.stringify(error.document()));
  }
}

function begin(
  hub: Hub,
  request: StreamRequest,
  caller: StreamCaller,
  outgoing: ServerResponse,
  socket: Socket,
): void {
  if (socket.destroyed) return;
  const quota = caller.quotaOf?.();
  const asked = becomesStream(outgoing.req);
  const httpRequest = asked && { id: asked.id, traceId: asked.span?.traceId ?? asked.caller?.traceId };
  const reader = { identity: caller.identity, quota, httpRequest };
  // On the upgrade path the connection is ours alone. On the plain path Node's parser stays on it, and so must the
  // response: any further request of the connection waits behind it forever.
  if (isBare(outgoing)) outgoing.detachSocket(socket);
  const received = outgoing.req.httpVersion === '1.0' ? '1.0' : '1.1';
  hub.attach(openStream(socket, hub, reader, received), request);
}

function readRequest(c: Context<HttpEnv>, channels: readonly string[]): StreamRequest {
  const parsed = streamRequest.safeParse({
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
  // Only the length is bounded here: the stream itself says if a cursor is void.
  return cursor === undefined || cursor === ''
    ? given
    : { ...given, cursor: cursor.slice(0, MAX_CURSOR_LENGTH + 1) };
}
