import type { Carillon, LogEvent, Pin } from '@carillon/client';
import { createStore, type Store } from './state/store.ts';

/** The pinned messages of a channel. */
export interface Pins {
  /** The one that was pinned last first; empty until they were read. */
  readonly pins: Store<readonly Pin[]>;
  pin(seq: number): Promise<void>;
  unpin(seq: number): Promise<void>;
}

/** Keeps them: they are read once, and again when an event of the log changes them. */
export function createPins(
  channel: string,
  carillon: Carillon,
): Pins & { read(): void; heard(events: readonly LogEvent[]): void } {
  const pins = createStore<readonly Pin[]>([]);
  /** Of the last reading: an answer to an earlier one comes too late. */
  let reading = 0;

  function read(): void {
    const mine = ++reading;
    carillon.pins(channel).then(
      (found) => mine === reading && pins.set(found),
      // What cannot be read is read with the next change, and what is shown is no worse than before.
      () => undefined,
    );
  }

  return {
    pins,
    pin: (seq) => carillon.pin(channel, seq).then(() => undefined),
    unpin: (seq) => carillon.unpin(channel, seq).then(() => undefined),
    read,
    heard(events) {
      const pinned = new Set(pins.get().map(({ message }) => message.seq));
      if (events.some((event) => changesPins(event, pinned))) read();
    },
  };
}

function changesPins(event: LogEvent, pinned: ReadonlySet<number>): boolean {
  if (!('type' in event)) return false;
  if (event.type === 'pin') return true;
  return (event.type === 'edit' || event.type === 'delete') && pinned.has(event.target);
}
