import { type Carillon, CarillonError } from '@carillon/client';
import { errorText } from './error-text.ts';
import type { OutgoingMessage, SendResult } from './outgoing-message.ts';

/** Sends one message at a time for each channel. */
export interface Sender {
  /**
   * Posts a message until it is stored or refused: that is the last of the results that `notify` is given. Once the signal is
   * aborted, it is given none.
   */
  send(message: OutgoingMessage, notify: (result: SendResult) => void, signal: AbortSignal): Promise<void>;
  /** The server may be there again: what waits is tried at once, unless the server said when to come back. */
  wake(): void;
}

/** How long a post is tried before a person is told that it waits, ms. */
const WAITING_AFTER_MS = 4_000;
/** Between attempts while it waits, ms; `online` and a stream that is back come earlier. */
const WAIT_MS = { first: 1_000, most: 15_000 };
/** An answer such as a proxy's may ask for a much longer wait. Whatever sent it may be gone by then, so it is asked again sooner, ms. */
const MAX_ASKED_MS = 60_000;

/**
 * @param recheck asks the server who is here, where it does not know the sender of a message: whether they are still the same,
 * undefined where it does not answer.
 */
export function createSender(carillon: Carillon, recheck: () => Promise<boolean | undefined>): Sender {
  const wakers = new Set<() => void>();

  function pause(ms: number, whole: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        wakers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      // A wait that the server asked for is kept.
      if (!whole) wakers.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  return {
    async send({ channel, key, body, replyTo }, notify, signal) {
      const reply = replyTo === undefined ? {} : { replyTo };
      const options = { key, retryForMs: WAITING_AFTER_MS, signal, ...reply };
      for (let waitMs = WAIT_MS.first; ; waitMs = Math.min(WAIT_MS.most, waitMs * 2)) {
        try {
          if (!navigator.onLine) notify({ key, waiting: true });
          const message = await carillon.post(channel, body, options);
          return notify({ key, message });
        } catch (error) {
          if (signal.aborted) return;
          const unknown = error instanceof CarillonError && error.status === 401;
          const same = unknown ? await recheck() : true;
          // It waits for its author to sign in again.
          if (signal.aborted) return;
          if (same !== undefined && !mayPass(error)) return notify({ key, failure: errorText(error) });
          notify({ key, waiting: true });
          const asked = mayPass(error) ? Math.min((error.retryAfter ?? 0) * 1_000, MAX_ASKED_MS) : 0;
          await pause(Math.max(asked, waitMs), asked > 0, signal);
          if (signal.aborted) return;
          notify({ key, waiting: false });
        }
      }
    },
    wake() {
      for (const end of [...wakers]) end();
    },
  };
}

/** It may go through later, without anybody doing anything about it. */
function mayPass(error: unknown): error is CarillonError {
  return (
    error instanceof CarillonError &&
    error.code !== 'not_configured' &&
    (error.status === 0 || error.status === 429 || error.status >= 500)
  );
}
