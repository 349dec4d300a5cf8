import type { FeedUpdate, Note } from './feed.ts';
import type { ResumePoint } from './stream-holder.ts';

/** What tabs send each other. */
export type TabMessage =
  /** By the leader: what its stream has brought, and how far it has come. */
  | { type: 'updates'; updates: readonly FeedUpdate[]; resumePoint: ResumePoint | undefined }
  /** To the leader: is it there? And its answer. */
  | { type: 'ask' }
  | { type: 'here'; hidden: boolean }
  /** To the leader: the channels that are wanted are others; this one was asked for. */
  | { type: 'wanted'; channel?: string }
  /** To the leader: the reader has changed. */
  | { type: 'renew' }
  | { type: 'note'; note: Note };

export interface TabChannel {
  /** Reaches every other tab, not the own one. */
  post(message: TabMessage): void;
  listen(listener: (message: TabMessage) => void): void;
  close(): void;
}

/**
 * Of {@link TabMessage}. Tabs that have another version of the page open do not understand each other: they share neither this channel
 * nor the stream.
 */
export const TAB_VERSION = 2;

/** Opens the channel over which the tabs of this browser talk (BroadcastChannel). */
export function openTabChannel(): TabChannel {
  const channel = new BroadcastChannel(`carillon.${TAB_VERSION}`);
  let closed = false;
  return {
    post(message) {
      // Of a page that goes, locks are released after this.
      if (!closed) channel.postMessage(message);
    },
    listen: (listener) =>
      channel.addEventListener('message', ({ data }: MessageEvent<TabMessage>) => listener(data)),
    close() {
      closed = true;
      channel.close();
    },
  };
}
