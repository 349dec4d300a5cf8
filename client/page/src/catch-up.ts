import type { LogEvent, LogPage } from '@carillon/client';

export interface CatchUpOptions {
  /** seq of the last event that was handed on, undefined where there was none. */
  position: () => number | undefined;
  /** Reads the log from the event after this one. */
  read: (after: number) => Promise<LogPage>;
  /** Given events in order, without holes, the first at most one after {@link CatchUpOptions.position}. */
  onEvents: (events: readonly LogEvent[]) => void;
  /** The log between the position and `from` is gone. */
  onLost: (from: number, head: number) => void;
  /** More is missing than is worth reading: what is held is to be read again, and there is no position meanwhile. */
  onTooFar: (head: number) => void;
}

export interface CatchUp {
  /** Takes events in any order, and more than once. */
  take(events: readonly LogEvent[]): void;
  /** Only events from `from` on will be given to {@link CatchUp.take}. */
  begins(from: number): void;
  /** Forgets what waits. */
  clear(): void;
}

/** Further behind than this, the newest messages are shown, and the rest is read when somebody scrolls there. */
const TOO_FAR_BEHIND = 1_000;
/** Events that wait while a hole is read. */
const MAX_WAITING = 2_000;
/** The call itself has been tried again for some 15 s. */
const AGAIN_MS = 2_000;

/** Makes a run without holes of a feed's events: what the feed skipped is read from the log. */
export function createCatchUp({ position, read, onEvents, onLost, onTooFar }: CatchUpOptions): CatchUp {
  let waiting: LogEvent[] = [];
  let reading = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Another after each clearing. */
  let round = 0;

  function drain(): void {
    if (reading) return;
    const stands = position();
    const fresh = waiting.filter(({ seq }) => stands === undefined || seq > stands);
    waiting = [];
    const [first] = fresh;
    if (first === undefined) return;
    if (stands !== undefined && first.seq > stands + 1) {
      waiting = fresh;
      fill(first.seq);
      return;
    }
    const end = fresh.findIndex(({ seq }, index) => seq !== first.seq + index);
    waiting = end === -1 ? [] : fresh.slice(end);
    onEvents(end === -1 ? fresh : fresh.slice(0, end));
    if (waiting.length > 0) drain();
  }

  /** Reads what comes before an event. */
  function fill(before: number): void {
    const mine = round;
    reading = true;
    void readUntil(before, mine)
      .catch(() => {
        if (mine !== round) return;
        timer = setTimeout(() => {
          reading = false;
          fill(before);
        }, AGAIN_MS);
        return 'again';
      })
      .then((outcome) => {
        if (mine !== round || outcome === 'again') return;
        reading = false;
        drain();
      });
  }

  async function readUntil(before: number, mine: number): Promise<void> {
    for (let stands = position() ?? 0; stands + 1 < before; stands = position() ?? before) {
      if (before - stands > TOO_FAR_BEHIND) return onTooFar(before - 1);
      const { events, head } = await read(stands);
      if (mine !== round) return;
      const found = events[0]?.seq ?? before;
      if (found > stands + 1) onLost(Math.min(found, before), head);
      if (events.length > 0) onEvents(events);
    }
  }

  function clear(): void {
    round++;
    clearTimeout(timer);
    waiting = [];
    reading = false;
  }

  return {
    take(events) {
      waiting = [...waiting, ...events].sort((a, b) => a.seq - b.seq);
      waiting = waiting.filter(({ seq }, index) => seq !== waiting[index - 1]?.seq);
      if (waiting.length > MAX_WAITING) {
        const head = waiting.at(-1)?.seq ?? 0;
        clear();
        onTooFar(head);
      } else drain();
    },
    begins(from) {
      const stands = position();
      if (!reading && stands !== undefined && from > stands + 1) fill(from);
    },
    clear,
  };
}
