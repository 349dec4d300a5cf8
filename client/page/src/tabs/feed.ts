import type { Author, DeniedEvent, LogEvent, PresenceEvent, ResetEvent, StreamState } from '@carillon/client';

import type { ListedChannel } from '../channel-list.ts';

/** What happens on one channel. Events may come twice, and some may be missing: their seqs show it. */
export type FeedEvent =
  | { type: 'state'; state: StreamState }
  /** From `from` on, events follow; those before it are read from the log. */
  | { type: 'open'; head: number; earliest: number; from: number }
  /** In order. */
  | { type: 'events'; events: LogEvent[] }
  | { type: 'reset'; reset: ResetEvent }
  | { type: 'presence'; presence: PresenceEvent }
  | { type: 'typing'; people: Author[] }
  /** Nothing more follows, until the channel is followed again. */
  | { type: 'denied'; denied: DeniedEvent };

/** Something that happened, and on which channel. */
export interface FeedUpdate {
  channel: string;
  event: FeedEvent;
}

/** What happens on the channels that this tab is on. */
export interface Feed {
  /** Follows a channel until the function it gives is called. */
  follow(channel: string, listener: (event: FeedEvent) => void): () => void;
  /** The reader has changed: what was refused is tried again, and the stream is opened again. */
  renew(): void;
  /** Tells the other tabs something; they get it by {@link Feed.onNote}. */
  note(note: Note): void;
  onNote(listener: (note: Note) => void): void;
  /** Events of any channel, those of other tabs too. */
  onEvents(listener: (channel: string, events: readonly LogEvent[]) => void): void;
}

/** What tabs send each other besides the stream. */
export type Note =
  /** The same session has another name. */
  | { type: 'identity' }
  /** Another person uses the browser. */
  | { type: 'reload' }
  /** The list of channels was read. */
  | { type: 'listed'; channels: readonly ListedChannel[] };
