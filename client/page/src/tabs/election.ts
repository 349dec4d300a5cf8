import { TAB_VERSION, type TabChannel } from './tab-channel.ts';

export interface Election {
  readonly leads: boolean;
  /** The leader has a stream that is not live: for how long is noted, in case its tab sleeps. */
  streamIs(live: boolean): void;
  stop(): void;
}

const LOCK = `carillon.stream.${TAB_VERSION}`;
/** How often a tab that somebody sees looks after the leader. */
const LOOK_MS = 400;
/** A leader that was not heard for this long is asked whether it is there. */
const QUIET_MS = 500;
/** One that has not answered for this long is frozen. A tab that only works takes less. */
const FROZEN_MS = 1_200;
/** A leader that nobody sees has slow timers: it may be this late to come back after a cut. */
const CUT_MS = 3_000;

/**
 * Elects one of the browser's tabs. The leader holds a Web Lock: when its tab is closed or crashes, the browser gives the
 * lock to the next. One that holds it and is frozen is found by its silence, and the lock is taken from it.
 */
export function elect(
  locks: LockManager,
  tabs: TabChannel,
  { lead, stepDown }: { lead: () => void; stepDown: () => void },
): Election {
  let leads = false;
  let stopped = false;
  let release: () => void = () => {};
  let queued = new AbortController();
  let heardAt = performance.now();
  let askedAt: number | undefined;
  let cutSince: number | undefined;
  let leaderHidden = false;

  async function request(options: LockOptions): Promise<void> {
    let held = false;
    try {
      await locks.request(LOCK, options, () => {
        if (stopped) return;
        held = true;
        leads = true;
        // Of the requests of this tab, one is enough.
        queued.abort();
        lead();
        tabs.post({ type: 'here', hidden: document.hidden });
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      });
    } catch {
      // It was taken from us, or is no longer asked for.
    }
    if (!held) return;
    leads = false;
    heardAt = performance.now();
    askedAt = undefined;
    stepDown();
    if (!stopped) wait();
  }

  function wait(): void {
    queued = new AbortController();
    void request({ signal: queued.signal });
  }

  function look(): void {
    if (leads || document.hidden) {
      askedAt = undefined;
      return;
    }
    const now = performance.now();
    const slept = leaderHidden && cutSince !== undefined && now - cutSince > CUT_MS;
    if (slept || (askedAt !== undefined && now - askedAt > FROZEN_MS)) {
      askedAt = undefined;
      cutSince = undefined;
      heardAt = now;
      void request({ steal: true });
    } else if (now - heardAt > QUIET_MS) {
      askedAt ??= now;
      tabs.post({ type: 'ask' });
    }
  }

  tabs.listen((message) => {
    if (message.type === 'ask' && leads) tabs.post({ type: 'here', hidden: document.hidden });
    if (message.type !== 'here' && message.type !== 'updates') return;
    heardAt = performance.now();
    askedAt = undefined;
    if (message.type === 'here') leaderHidden = message.hidden;
  });
  const timer = setInterval(look, LOOK_MS);
  wait();

  return {
    get leads() {
      return leads;
    },
    streamIs(live) {
      cutSince = live ? undefined : (cutSince ?? performance.now());
    },
    stop() {
      stopped = true;
      clearInterval(timer);
      queued.abort();
      release();
    },
  };
}
