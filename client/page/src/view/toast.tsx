import { useEffect } from 'preact/hooks';
import { errorText } from '../error-text.ts';
import { createStore, useStore } from '../state/store.ts';

/** Another object for each: the same text may be shown twice. */
const current = createStore<{ text: string } | undefined>(undefined);

/** Long enough to read two lines, milliseconds. */
const SHOWN_MS = 6_000;

/** Shows a sentence in passing; a screen reader says it too. */
export function notify(text: string): void {
  current.set({ text });
}

/** Shows what went wrong. */
export function notifyFault(error: unknown): void {
  notify(`${errorText(error)}.`);
}

/** Where notes are shown; once in the page. */
export function Toast() {
  const shown = useStore(current);
  useEffect(() => {
    if (shown === undefined) return;
    const timer = setTimeout(() => current.set(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div class="toast" role="status">
      {shown && <p>{shown.text}</p>}
    </div>
  );
}
