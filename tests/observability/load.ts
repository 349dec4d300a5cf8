import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventStreamParser } from '../faults/event-stream.ts';
import { ADMIN_TOKEN } from './observed-stack.ts';

const CHANNELS = ['watched-a', 'watched-b', 'watched-c'] as const;

/** A few posts a second are enough for every ratio to have a number, and leave the processors to the rest. */
const POST_EVERY_MS = 50;
const STREAMS = 12;

/** What happens all the time besides: streams that come and go, requests that are wrong, searches. */
const BESIDES_EVERY_MS = 400;

/** Where the receiver of webhooks answers 410. */
const GONE = '/gone';

/** An attempt that has no answer for this long is given up. */
const ATTEMPT_MS = 5_000;

/** What a test cannot do without may take longer. */
const ORDER_MS = 60_000;

/** Clients of all kinds. What goes wrong is no failure here: faults are made under it. */
export interface Load {
  /** Posts that were answered with 201. */
  readonly created: number;
  /** Messages that came by streams. */
  readonly delivered: number;
  /** Opens so many streams with a cursor of another store. */
  openWithStrangeCursor(count: number): Promise<void>;
  orderExport(): Promise<number>;
  /** Makes a webhook whose receiver answers 410 Gone. Returns the function that deletes it. */
  addGoneWebhook(): Promise<() => Promise<unknown>>;
  /** No more posts. Streams go on, and the rest too. */
  stopPosting(): Promise<void>;
  stop(): Promise<void>;
}

/** Posts, reads, searches and errs through nginx until it is stopped. `steadyOnly`: posts, and streams that stay. */
export async function startLoad(
  origin: string,
  { steadyOnly = false, postEveryMs = POST_EVERY_MS, streams = STREAMS } = {},
): Promise<Load> {
  const stopped = new AbortController();
  let posts = true;
  let created = 0;
  let delivered = 0;
  let opened = 0;
  const fetchWithin = async (ms: number, path: string, init: RequestInit): Promise<Response> => {
    const answer = await fetch(`${origin}${path}`, { ...init, signal: AbortSignal.timeout(ms) });
    await answer.arrayBuffer();
    return answer;
  };
  const ask = async (path: string, init: RequestInit = {}): Promise<number> =>
    (await fetchWithin(ATTEMPT_MS, path, init)).status;
  const text = (body: string, headers: Record<string, string> = {}): RequestInit => ({
    method: 'POST',
    body,
    headers: { 'content-type': 'text/plain', ...headers },
  });

  /** Reads a channel until the end, and again from its cursor. */
  async function read(channel: string): Promise<void> {
    let cursor = '';
    while (!stopped.signal.aborted) {
      try {
        const answer = await fetch(`${origin}/v1/channels/${channel}/stream`, {
          headers: cursor === '' ? {} : { 'last-event-id': cursor },
          // One of its own: `fetch` leaves a listener on each, and there are many where no node answers.
          signal: AbortSignal.any([stopped.signal]),
        });
        const parser = new EventStreamParser(({ name }) => {
          if (name === 'open') opened += 1;
          if (name === 'message') delivered += 1;
        });
        for await (const bytes of answer.body ?? []) {
          parser.feed(Buffer.from(bytes));
          cursor = parser.lastEventId || cursor;
        }
      } catch {
        // Cut, or refused: again.
      }
      await pause(500);
    }
  }

  /** Opens a stream, and leaves it soon. */
  async function visit(path: string): Promise<void> {
    const leaving = AbortSignal.any([stopped.signal, AbortSignal.timeout(ATTEMPT_MS)]);
    const answer = await fetch(`${origin}${path}`, { signal: leaving });
    const reader = answer.body?.getReader();
    await reader?.read();
    await reader?.cancel();
  }

  async function besides(count: number): Promise<void> {
    const key = { 'idempotency-key': `besides-${count}` };
    const messages = `/v1/channels/${CHANNELS[0]}/messages`;
    await ask(messages, { ...text('{', key), headers: { 'content-type': 'application/json' } });
    await ask('/v1/channels/NoChannel/messages');
    await ask('/v1/channels/NoChannel/stream');
    await ask('/v1/search?q=watched');
    await ask(`${messages}?limit=5`);
    await ask(`/v1/channels/${CHANNELS[0]}/typing`, { method: 'POST' });
    await visit(`/v1/channels/${CHANNELS[count % CHANNELS.length]}/stream?since=-20`);
    await visit(`/v1/channels/${CHANNELS[0]}/stream?cursor=nonsense`);
  }

  const pause = (ms: number) => sleep(ms, undefined, { signal: stopped.signal }).catch(() => {});
  async function again(everyMs: number, goesOn: () => boolean, act: (count: number) => Promise<void>) {
    for (let count = 0; goesOn() && !stopped.signal.aborted; count++) {
      await act(count).catch(() => {});
      await pause(everyMs);
    }
  }

  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(request.url === GONE ? 410 : 204).end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => receiver.once('listening', resolve));
  const asAdmin = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' };
  async function addWebhook(path: string): Promise<string> {
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}${path}`;
    const hook = { method: 'POST', headers: asAdmin, body: JSON.stringify({ url }) };
    return (
      (await fetchWithin(ORDER_MS, `/v1/channels/${CHANNELS[0]}/webhooks`, hook)).headers.get('location') ??
      ''
    );
  }
  if (!steadyOnly) {
    await ask(`/v1/channels/${CHANNELS[0]}/messages`, text('the first'));
    await addWebhook('/');
    created = 0;
  }

  const running = Array.from({ length: streams }, (_, index) =>
    read(CHANNELS[index % CHANNELS.length] ?? ''),
  );
  const isOpen = Date.now() + 60_000;
  while (opened < streams) {
    if (Date.now() > isOpen) throw new Error(`only ${opened} of ${streams} streams are open`);
    await pause(50);
  }
  const posting = again(
    postEveryMs,
    () => posts,
    async (count) => {
      const channel = CHANNELS[count % CHANNELS.length];
      if ((await ask(`/v1/channels/${channel}/messages`, text(`message ${count}`))) === 201) created += 1;
    },
  );
  if (!steadyOnly) running.push(again(BESIDES_EVERY_MS, () => true, besides));

  return {
    get created() {
      return created;
    },
    get delivered() {
      return delivered;
    },
    async openWithStrangeCursor(count: number) {
      for (let each = 0; each < count; each++)
        await visit(`/v1/channels/${CHANNELS[0]}/stream?cursor=another.1`).catch(() => {});
    },
    orderExport: () =>
      ask(`/v1/channels/${CHANNELS[0]}/exports`, {
        method: 'POST',
        headers: asAdmin,
        body: JSON.stringify({ format: 'ndjson' }),
      }),
    async addGoneWebhook() {
      const place = await addWebhook(GONE);
      return () => fetchWithin(ORDER_MS, place, { method: 'DELETE', headers: asAdmin });
    },
    async stopPosting() {
      posts = false;
      await posting;
    },
    async stop() {
      posts = false;
      stopped.abort();
      await Promise.all([posting, ...running]);
      receiver.closeAllConnections();
      receiver.close();
    },
  };
}
