import type { StreamState } from '@carillon/client';
import { useEffect, useState } from 'preact/hooks';
import { number } from '../state/numbers.ts';

/** Shorter than this, a state is not worth a word: a message on its way is not "behind". */
const SETTLE_MS = 400;

/** Tells how the page is connected. */
export function ConnectionBadge({ state }: { state: StreamState }) {
  const shown = useSettled(state);
  return (
    <p class={`badge ${shown.name}`} role="status">
      <span class="dot" aria-hidden="true" />
      {words(shown)}
    </p>
  );
}

function words(state: StreamState): string {
  switch (state.name) {
    case 'connecting':
      return 'Connecting…';
    case 'live':
      return 'Live';
    case 'behind':
      return `Behind by ${number(state.by)}`;
    case 'reconnecting':
      return 'Reconnecting…';
    case 'waiting':
      return 'Waiting for the server';
    case 'denied':
      return 'No access';
  }
}

/** `live` at once; anything else only when it lasts. */
function useSettled(state: StreamState): StreamState {
  const [shown, setShown] = useState(state);
  useEffect(() => {
    if (state.name === 'live' || state.name === shown.name) return setShown(state);
    const timer = setTimeout(() => setShown(state), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [state]);
  return shown;
}
