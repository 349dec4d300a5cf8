import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { RequestOutcome } from '../metrics.ts';
import { BlockedAddress, lookupPublic, refuseBlockedHost } from './public-address.ts';

/** A signed request. */
export interface WebhookRequest {
  url: string;
  headers: Record<string, string>;
  body: string;
}

/** The result of a request. */
export interface Sent {
  outcome: RequestOutcome;
  /** What went wrong, in plain English for the owner of the webhook. */
  error: string;
  /** The receiver's `Retry-After`, ms. */
  retryAfterMs?: number;
}

export interface Sender {
  /**
   * Posts the request and resolves to its result; never rejects. If `signal` is aborted the request is cut, as after a
   * timeout.
   */
  send(request: WebhookRequest, signal: AbortSignal): Promise<Sent>;
  close(): void;
}

/**
 * Time limit for the receiver's answer, ms. The docs ask receivers to answer first and work later; Standard Webhooks
 * recommends 15 to 30 s. The webhook's lease must be longer.
 */
const ANSWER_WITHIN_MS = 10_000;

/** How much of a response body is read, bytes, and for how long, ms, to reuse the connection; the body is discarded. */
const MAX_ANSWER_BYTES = 64 * 1024;
const BODY_WITHIN_MS = 1_000;

/**
 * Connections in total: the active ones, of which the queue allows 50 at a time, and idle ones. A request without a
 * free connection would wait unsent while its time runs out, and count as a failure of its receiver; so there is no
 * lower limit per receiver.
 */
const MAX_TOTAL_SOCKETS = 1_000;

/** Idle connections per receiver that are kept for its next messages. */
const MAX_IDLE_SOCKETS = 50;

/** How long an idle connection is kept, ms: idle connections to many receivers would use up the total. */
const IDLE_MS = 5_000;

/**
 * Opens the sender: it keeps connections alive, connects to public addresses only unless `allowPrivate`, and follows no
 * redirect. `ca`: PEM certificates that are trusted in addition to the system's.
 */
export function openSender({ allowPrivate, ca }: { allowPrivate: boolean; ca?: string | undefined }): Sender {
  const pool = {
    keepAlive: true,
    maxTotalSockets: MAX_TOTAL_SOCKETS,
    maxFreeSockets: MAX_IDLE_SOCKETS,
    timeout: IDLE_MS,
    ...(!allowPrivate && { lookup: lookupPublic }),
  };
  const http = new HttpAgent(pool);
  const https = new HttpsAgent({ ...pool, ...(ca !== undefined && { ca: [...rootCertificates, ca] }) });

  const post = ({ url, headers, body }: WebhookRequest, signal: AbortSignal) =>
    new Promise<Sent>((resolve, reject) => {
      const target = new URL(url);
      if (!allowPrivate) refuseBlockedHost(target);
      const options: RequestOptions = {
        method: 'POST',
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
        signal,
      };
      const take = (response: IncomingMessage) => {
        // The status counts, however the body ends, and even if it never does.
        resolve(judge(response));
        readAway(response);
      };
      const request =
        target.protocol === 'https:'
          ? httpsRequest(target, { ...options, agent: https }, take)
          : httpRequest(target, { ...options, agent: http }, take);
      request.on('error', (error) => {
        reject(Object.assign(error, { stale: request.reusedSocket }));
      });
      // After a 101 the connection belongs to another protocol: there is neither a response nor an error.
      request.on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(judge(response));
      });
      request.end(body);
    });

  return {
    async send(request, signal) {
      const late = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const cut = AbortSignal.any([late, signal]);
      for (;;) {
        try {
          return await post(request, cut);
        } catch (error) {
          const { code, stale } = error as { code?: string; stale?: boolean };
          // A kept connection that was just closed says nothing about the receiver.
          if (stale && code === 'ECONNRESET' && !cut.aborted) continue;
          return failure(error, { late: late.aborted });
        }
      }
    },
    close() {
      http.destroy();
      https.destroy();
    },
  };
}

/**
 * Reads a body to its end, so that the connection can be reused; if the body is too long or too slow, the connection is
 * closed.
 */
function readAway(response: IncomingMessage): void {
  let bytes = 0;
  const late = setTimeout(() => response.destroy(), BODY_WITHIN_MS);
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) response.destroy();
  });
  // Cut or destroyed: the connection cannot be reused.
  response.on('error', () => {});
  response.on('close', () => clearTimeout(late));
}

/** 2xx is success; everything else, including redirects, is not. */
function judge(response: IncomingMessage): Sent {
  const status = response.statusCode ?? 0;
  if (status >= 200 && status < 300) return { outcome: 'taken', error: '' };
  const redirect = status >= 300 && status < 400 ? '; redirects are not followed' : '';
  const error = `the receiver returned ${status}${redirect}`;
  const retryAfterMs = parseRetryAfter(response.headers['retry-after']);
  return {
    outcome: status === GONE ? 'gone' : 'refused',
    error,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

const GONE = 410;

function failure(error: unknown, { late }: { late: boolean }): Sent {
  if (late) return { outcome: 'timeout', error: `no answer within ${ANSWER_WITHIN_MS / 1_000} s` };
  if (error instanceof BlockedAddress) return { outcome: 'blocked', error: error.message };
  const { code } = error as { code?: unknown };
  return {
    outcome: 'unreachable',
    error: `the receiver cannot be reached (${typeof code === 'string' ? code : 'failed'})`,
  };
}

/** Seconds or a date (RFC 9110, 10.2.3) as ms from now; undefined if it is neither. */
function parseRetryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
