import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import type { ServiceTokens } from '@carillon/auth';
import type { History } from '@carillon/history';
import type { Post } from '../posting.ts';
import { type Check, LIMIT_MS, NotWell, type Unconfigured } from './check.ts';
import { reasonOf } from './reason.ts';

/** The channel of this check's messages. It is a normal channel, except that it is not listed. */
export const CHECKS_CHANNEL = 'carillon-checks';

const AUTHOR = { id: 'carillon-checks', name: 'Checks' };
const GRANTS = { subscribe: [CHECKS_CHANNEL], publish: [], moderate: [] };

/** Messages that the log keeps, and after how many it is trimmed. */
const KEPT = 20;
const CUT_EVERY = 20;

/** While the bus is unavailable, a node finds a message in the store within a second, so the limit is longer, ms. */
const BROADCAST_LIMIT_MS = LIMIT_MS + 500;

/** How much of a stream is read before the check fails, in characters: someone else may post a lot to the channel. */
const MAX_CHARACTERS = 1024 * 1024;

export interface BroadcastParts {
  post: Post;
  history: Pick<History, 'retain'>;
  /** Issues the token that identifies the check to a node. */
  services: Pick<ServiceTokens, 'issue'>;
  /** Resolves a host name to its addresses; the system's resolver if undefined. */
  resolve?: (hostname: string) => Promise<{ address: string; family: number }[]>;
}

/**
 * Returns one check for each base URL: it posts a message and reads it from a stream that was opened before. Checks are numbered,
 * because host names must not be shown.
 */
export function broadcastChecks(urls: readonly string[], parts: BroadcastParts): (Check | Unconfigured)[] {
  if (urls.length === 0) {
    return [
      { name: 'broadcast', title: 'Broadcast', notConfigured: 'not configured: STREAMS_URL is not set' },
    ];
  }
  return urls.map((url, index) => {
    const node = urls.length === 1 ? '' : ` ${index + 1}`;
    return {
      name: `broadcast${node}`,
      title: `Broadcast${node}`,
      limitMs: BROADCAST_LIMIT_MS,
      run: (signal) => deliverToEach(url, parts, signal),
    };
  });
}

/** Tests every node behind a base URL. */
async function deliverToEach(url: string, parts: BroadcastParts, signal: AbortSignal): Promise<string> {
  const nodes = await nodesAt(url, parts.resolve);
  const outcomes = await Promise.allSettled(nodes.map((node) => deliver(node, parts, signal)));
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
  const [first] = failures;
  if (first !== undefined && nodes.length === 1) throw first.reason;
  if (first !== undefined) {
    const which = `${failures.length} of ${nodes.length} nodes`;
    throw new NotWell(`${which}: ${reasonOf(first.reason)}`, { cause: first.reason });
  }
  return nodes.length === 1
    ? 'a message arrived on the stream'
    : `a message arrived by the stream of each of ${nodes.length} nodes`;
}

/**
 * The URL once for each address of its name: the nodes of a compose service share one. With TLS as it is, since
 * certificates are for names.
 */
async function nodesAt(
  url: string,
  resolve = (hostname: string) => lookup(hostname, { all: true }),
): Promise<string[]> {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:') return [url];
  const found = await resolve(hostname.replace(/^\[(.*)\]$/, '$1'));
  // A node may have an address of either family.
  const nodes = found.filter(({ family }) => family === found[0]?.family);
  if (nodes.length < 2) return [url];
  return nodes.map(({ address, family }) => {
    const node = new URL(url);
    node.hostname = family === 6 ? `[${address}]` : address;
    return node.href;
  });
}

async function deliver(
  url: string,
  { post, history, services }: BroadcastParts,
  signal: AbortSignal,
): Promise<string> {
  const body = randomUUID();
  const token = services.issue({ author: AUTHOR, grants: GRANTS });
  const stream = readStream(new URL(`/v1/channels/${CHECKS_CHANNEL}/stream`, url), token, signal);
  try {
    await waitFor(stream, 'event: open');
    const posted = await post({ channel: CHECKS_CHANNEL, author: AUTHOR, body }).catch((cause) => {
      throw new NotWell(`not tested, because nothing can be posted: the store ${reasonOf(cause)}`, { cause });
    });
    await waitFor(stream, body);
    if (posted.outcome === 'created' && posted.message.seq % CUT_EVERY === 0) {
      await history.retain({ channel: CHECKS_CHANNEL, maxCount: KEPT });
    }
    return 'a message arrived on the stream';
  } finally {
    await stream.return();
  }
}

/** Reads until a complete event with the text has arrived. */
async function waitFor(stream: AsyncGenerator<string, void, void>, wanted: string): Promise<void> {
  let text = '';
  while (!text.includes('\n\n', text.indexOf(wanted)) || !text.includes(wanted)) {
    const { value } = await stream.next();
    if (value === undefined) throw new NotWell('ended its stream');
    text += value;
    if (text.length > MAX_CHARACTERS) throw new NotWell('sent other events, but not the message');
  }
}

async function* readStream(url: URL, token: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${token}` };
  const answer = await fetch(url, { signal, redirect: 'error', headers });
  try {
    if (!answer.ok) throw new NotWell(`answers with status ${answer.status}`);
    const type = answer.headers.get('content-type') ?? '';
    if (!type.startsWith('text/event-stream'))
      throw new NotWell('answers with a content type that is not text/event-stream');
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) yield decoder.decode(bytes, { stream: true });
  } finally {
    // If the body was read to its end or is locked by the loop above, there is nothing left to cancel.
    await answer.body?.cancel().catch(() => {});
  }
}
