import type { Note, Told } from './feed.ts';
import type { Standing } from './stream-holder.ts';

/** What tabs say to each other. */
export type LineMessage =
  /** By the leader: what its stream has brought, and where that stands. */
  | { type: 'told'; told: readonly Told[]; standing: Standing | undefined }
  /** To the leader: is it there? And its answer. */
  | { type: 'ask' }
  | { type: 'here'; hidden: boolean }
  /** To the leader: the channels that are wanted are others; this one was asked for. */
  | { type: 'wanted'; channel?: string }
  /** To the leader: who reads is another. */
  | { type: 'renew' }
  | { type: 'note'; note: Note };

export interface Line {
  /** Reaches every other tab, not the own one. */
  post(message: LineMessage): void;
  listen(listener: (message: LineMessage) => void): void;
  close(): void;
}

/** Named after what is said on it: tabs that have an older page open do not understand, and are left alone. */
const NAME = 'carillon.1';

export function openLine(): Line {
  const channel = new BroadcastChannel(NAME);
  let closed = false;
  return {
    post(message) {
      // Of a page that goes, locks are released after this.
      if (!closed) channel.postMessage(message);
    },
    listen: (listener) =>
      channel.addEventListener('message', ({ data }: MessageEvent<LineMessage>) => listener(data)),
    close() {
      closed = true;
      channel.close();
    },
  };
}
