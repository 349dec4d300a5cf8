import type { Appended, Draft, History } from '@carillon/history';
import { isMessage, Problem, type Span } from '@carillon/protocol';
import { failedPost } from './failed-post.ts';
import type { ChatMetrics } from './metrics.ts';
import type { PostTraces } from './post-traces.ts';
import type { Publisher } from './publisher.ts';

export interface PostingParts {
  history: Pick<History, 'get'>;
  /** Commits a draft together with others that come at the same time. */
  commit: (draft: Draft) => Promise<Appended>;
  publisher: Publisher;
  traces: PostTraces;
  posts: ChatMetrics['posts'];
}

/**
 * Commits a draft of the request with this span, and publishes it in the background once it is durable. Throws the problem `invalid` if
 * `replyTo` names no message, and the errors of the store if the commit fails.
 */
export type Post = (draft: Draft, span?: Span) => Promise<Appended>;

/** Creates the function that adds a message to a channel. Every message goes through it. */
export function createPosting({ history, commit, publisher, traces, posts }: PostingParts): Post {
  const requireTarget = async (channel: string, replyTo: number) => {
    const target = await history.get(channel, replyTo);
    if (target !== undefined && isMessage(target)) return;
    throw new Problem('invalid', 'Some fields are not valid.', {
      errors: [{ field: 'replyTo', detail: 'must be the seq of a message that this channel has' }],
    });
  };

  return async (draft, span) => {
    try {
      if (draft.replyTo !== undefined) await requireTarget(draft.channel, draft.replyTo);
      if (span !== undefined) traces.waits(draft, span);
      const appended = await commit(draft);
      posts[appended.outcome] += 1;
      if (appended.outcome === 'created') publisher.publish(appended.message, span);
      return appended;
    } catch (error) {
      posts[failedPost(error)] += 1;
      throw error;
    } finally {
      if (span !== undefined) traces.settled(draft);
    }
  };
}
