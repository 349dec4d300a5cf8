import { randomUUID } from 'node:crypto';
import type { History } from '@carillon/history';
import type { Post } from '../posting.ts';
import { type Check, LIMIT_MS, NotWell, type Unconfigured } from './check.ts';
import { reasonOf } from './reason.ts';

/** Where the messages of this check go. Nothing else is special about it, but that it is not listed. */
export const CHECKS_CHANNEL = 'carillon-checks';

const AUTHOR = { id: 'carillon-checks', name: 'Checks' };

/** Messages that stay in its log, and after how many it is cut back to that. */
const KEPT = 20;
const CUT_EVERY = 20;

/** With the bus away a node finds a message in the store within a second: later, but it is delivered. */
const BROADCAST_LIMIT_MS = LIMIT_MS + 500;

/** What is read of a stream before it is given up: somebody else posts to the channel, and much. */
const MAX_CHARACTERS = 1024 * 1024;

export interface BroadcastParts {
  post: Post;
  history: Pick<History, 'retain'>;
}

/** A message that really goes through: posted, and read from a stream that was open before. One check for each of the base URLs. */
export function broadcastChecks(urls: readonly string[], parts: BroadcastParts): (Check | Unconfigured)[] {
  if (urls.length === 0) {
    return [
      { name: 'broadcast', title: 'Broadcast', notConfigured: 'not configured: STREAMS_URL is not set' },
    ];
  }
  return urls.map((url) => {
    const node = urls.length === 1 ? '' : ` (${new URL(url).host})`;
    return {
      name: `broadcast${node}`,
      title: `Broadcast${node}`,
      limitMs: BROADCAST_LIMIT_MS,
      run: (signal) => deliver(url, parts, signal),
    };
  });
}

async function deliver(url: string, { post, history }: BroadcastParts, signal: AbortSignal): Promise<string> {
  const body = randomUUID();
  const stream = readStream(new URL(`/v1/channels/${CHECKS_CHANNEL}/stream`, url), signal);
  try {
    await waitFor(stream, 'event: open');
    const posted = await post({ channel: CHECKS_CHANNEL, author: AUTHOR, body }).catch((cause) => {
      throw new NotWell(`not tested, for nothing can be posted: the store ${reasonOf(cause)}`, { cause });
    });
    await waitFor(stream, body);
    if (posted.outcome === 'created' && posted.message.seq % CUT_EVERY === 0) {
      await history.retain({ channel: CHECKS_CHANNEL, maxCount: KEPT });
    }
    return 'a message arrived by its stream';
  } finally {
    await stream.return();
  }
}

/** Reads on until an event with the text is there as a whole. */
async function waitFor(stream: AsyncGenerator<string, void, void>, wanted: string): Promise<void> {
  let text = '';
  while (!text.includes('\n\n', text.indexOf(wanted)) || !text.includes(wanted)) {
    const { value } = await stream.next();
    if (value === undefined) throw new NotWell('ended its stream');
    text += value;
    if (text.length > MAX_CHARACTERS) throw new NotWell('sent much, but not the message');
  }
}

async function* readStream(url: URL, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const answer = await fetch(url, { signal, redirect: 'error', headers: { Accept: 'text/event-stream' } });
  try {
    if (!answer.ok) throw new NotWell(`answers with status ${answer.status}`);
    const type = answer.headers.get('content-type') ?? '';
    if (!type.startsWith('text/event-stream')) throw new NotWell('answers with something that is no stream');
    const decoder = new TextDecoder();
    for await (const bytes of answer.body ?? []) yield decoder.decode(bytes, { stream: true });
  } finally {
    // Where the body was read to its end or is locked by the loop above, there is nothing left to cancel.
    await answer.body?.cancel().catch(() => {});
  }
}
