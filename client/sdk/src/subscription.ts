import type {
  Change,
  DeniedEvent,
  Message,
  OpenEvent,
  PresenceEvent,
  ResetEvent,
  TypingEvent,
} from './protocol.ts';
import type { StreamState } from './stream-state.ts';

/** Where a subscription starts. */
export interface Start {
  /** `latest` (as when left out), `earliest`, a number of events such as `-20`, or an age such as `10m`. */
  since?: string;
  /** Where an earlier subscription stood; goes before `since`. */
  cursor?: string;
}

export interface SubscribeOptions extends Start {
  /** Each message once; with the changes in the order of their seqs, without holes within its channel. */
  onMessage?: (message: Message) => void;
  /**
   * Each edit, deletion, reaction and change of a channel once, in its place between the messages. A newer server may send a type
   * that is not in {@link Change} (see `isKnownChange`): it means nothing to you, and is not missing anywhere.
   */
  onChange?: (change: Change) => void;
  onState?: (state: StreamState) => void;
  /** At the start of each stream: where the channels stand, and who reads. */
  onOpen?: (open: OpenEvent) => void;
  /** The people on a channel, soon after the start and whenever that has changed. */
  onPresence?: (present: PresenceEvent) => void;
  /** The people who are typing on a channel, whenever that has changed. */
  onTyping?: (typing: TypingEvent) => void;
  /** Events are gone: those between the last one and `from`, or, where the reason is `epoch` or `ahead`, all that came before. */
  onReset?: (reset: ResetEvent) => void;
  /** The stream skipped events; they were read from the channel's log and handed on. */
  onHole?: (hole: Hole) => void;
  /** It has ended for good: the reader may not read, or not any longer, and there is no other token to try. */
  onDenied?: (denied: DeniedEvent) => void;
  /** A stream without an event for this long is given up for a new one, milliseconds. */
  silenceMs?: number;
}

/** A run of events, both ends included. */
export interface Hole {
  channel: string;
  from: number;
  to: number;
}

export interface Subscription {
  close(): void;
  /** Lets the stream go, until {@link Subscription.resume}. */
  pause(): void;
  /** Takes up where it stood. */
  resume(): void;
  readonly state: StreamState;
  /** Where it stands: everything up to here was handed on. Undefined before the first event. */
  readonly cursor: string | undefined;
}
