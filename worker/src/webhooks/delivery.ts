import { randomUUID } from 'node:crypto';
import type { ClaimedWebhook, History } from '@carillon/history';
import type { Jobs } from '@carillon/jobs';
import type { Log } from '@carillon/runtime';
import type { WorkerMetrics } from '../metrics.ts';
import { GIVE_UP_AFTER_MS, pauseAfter } from './backoff.ts';
import type { Sender, Sent } from './sender.ts';
import { logEvent, resetEvent, signedRequest, type WebhookEvent } from './signed-request.ts';

export interface DeliveryParts {
  history: Pick<History, 'after' | 'extents' | 'webhooks'>;
  sender: Sender;
  jobs: Pick<Jobs, 'deliver'>;
  metrics: Pick<WorkerMetrics, 'requests'>;
  log: Log;
}

/**
 * How long a webhook is leased to its holder after each step, ms: longer than a request with its answer (10 s) and the
 * step that records it. A webhook whose worker was killed waits this long.
 */
const LEASE_MS = 20_000;

/** Events per read, and bytes of their bodies. */
const PAGE = 100;
const PAGE_BYTES = 1024 * 1024;

/** After this time a webhook with much to send makes room for others, ms, and continues after them. */
const SLICE_MS = 10_000;

/** When the worker stops, an active request may wait this long for its answer, ms. */
const LAST_ANSWER_MS = 3_000;

/**
 * Creates the function that delivers one webhook: it sends the channel's events after the cursor one by one, and moves
 * the cursor past each event that the receiver accepted. It ends at the head of the log, at a failure, or if another
 * worker holds the webhook.
 */
export function createDelivery({ history, sender, jobs, metrics, log }: DeliveryParts) {
  const { webhooks } = history;

  /** The events after the cursor. If retention deleted events first, an event that says so. */
  async function nextEvents(webhook: ClaimedWebhook, cursor: number): Promise<WebhookEvent[]> {
    const logged = await history.after(webhook.channel, cursor, PAGE, PAGE_BYTES);
    const first = logged[0]?.seq ?? (await earliest(webhook.channel));
    const events = logged.map((event) => logEvent(webhook, event));
    return first > cursor + 1 ? [resetEvent(webhook, first), ...events] : events;
  }

  /** The first event that is kept, or the next seq if none is. Not the head: a message may just have been posted. */
  async function earliest(channel: string): Promise<number> {
    return (await history.extents([channel])).get(channel)?.earliest ?? 0;
  }

  async function failed(
    webhook: ClaimedWebhook,
    holder: string,
    sent: Sent,
    failures: number,
  ): Promise<void> {
    const { id, channel } = webhook;
    const { error } = sent;
    const tooLong = failures > 1 && webhook.failingMs > GIVE_UP_AFTER_MS;
    if (sent.outcome === 'gone' || tooLong) {
      const reason = tooLong ? 'failing' : 'gone';
      log.warn({ webhook: id, channel, reason, error }, 'a webhook is paused');
      await webhooks.pause(id, holder, { error, reason });
      return;
    }
    const delayMs = pauseAfter(failures, sent.retryAfterMs);
    log.debug({ webhook: id, channel, error, delayMs }, 'a webhook failed');
    await webhooks.postpone(id, holder, { error, delayMs });
  }

  async function send(
    webhook: ClaimedWebhook,
    holder: string,
    stop: AbortSignal,
    cut: AbortSignal,
  ): Promise<void> {
    const { id } = webhook;
    const until = Date.now() + SLICE_MS;
    let { cursor, failures } = webhook;
    let more = true;
    while (more && !stop.aborted && Date.now() < until) {
      const events = await nextEvents(webhook, cursor);
      more = events.length > 0;
      for (const event of events) {
        if (stop.aborted || Date.now() > until) break;
        const sent = await sender.send(signedRequest(webhook, event), cut);
        if (cut.aborted && sent.outcome !== 'taken') break;
        metrics.requests.labels(sent.outcome).inc();
        if (sent.outcome !== 'taken') return failed(webhook, holder, sent, failures + 1);
        const move = { from: cursor, to: event.seq, leaseMs: LEASE_MS };
        // Deleted, or held by another worker, which sends the next events.
        if (!(await webhooks.advance(id, holder, move))) return;
        cursor = event.seq;
        failures = 0;
      }
    }
    await webhooks.release(id, holder);
    // The queue may be unavailable: then the sweep finds the webhook.
    if (more && !stop.aborted) await jobs.deliver(id).catch(() => {});
  }

  return async function deliver(id: string, stop: AbortSignal): Promise<void> {
    const holder = randomUUID();
    const webhook = await webhooks.claim(id, holder, LEASE_MS);
    if (webhook === undefined) return;
    const { signal: cut, forget } = cutAfter(stop, LAST_ANSWER_MS);
    try {
      await send(webhook, holder, stop, cut);
    } finally {
      forget();
    }
  };
}

/**
 * A signal that is aborted `ms` after `stop` was. Call `forget` to remove the listener from `stop`, which lives as long
 * as the process.
 */
function cutAfter(stop: AbortSignal, ms: number): { signal: AbortSignal; forget(): void } {
  const cut = new AbortController();
  const begin = () => setTimeout(() => cut.abort(), ms).unref();
  if (stop.aborted) begin();
  else stop.addEventListener('abort', begin, { once: true });
  return { signal: cut.signal, forget: () => stop.removeEventListener('abort', begin) };
}
