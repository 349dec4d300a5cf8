import { useEffect } from 'preact/hooks';
import { inWords } from '../problem-words.ts';
import { createStore, useStore } from '../state/store.ts';

const told = createStore<{ text: string } | undefined>(undefined);

/** Long enough to read two lines, milliseconds. */
const SHOWN_MS = 6_000;

/** Tells something in passing, that a screen reader says too. */
export function tell(text: string): void {
  told.set({ text });
}

/** Tells what went wrong. */
export function tellFault(error: unknown): void {
  tell(`${inWords(error)}.`);
}

/** Where it is told; once in the page. */
export function Toast() {
  const shown = useStore(told);
  useEffect(() => {
    if (shown === undefined) return;
    const timer = setTimeout(() => told.set(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div class="toast" role="status">
      {shown && <p>{shown.text}</p>}
    </div>
  );
}
