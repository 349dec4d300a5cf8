import type { StreamState } from '@carillon/client';
import { useEffect, useState } from 'preact/hooks';

/** A short cut is over before anyone has read about it, milliseconds. */
const PATIENCE_MS = 2_000;

const MEANWHILE =
  'Your messages will be sent once the connection is back. You cannot edit or react until then.';

/** Says, once a cut lasts, what becomes of messages that are written meanwhile. */
export function ConnectionBanner({ state }: { state: StreamState }) {
  const [offline, setOffline] = useState(!navigator.onLine);
  const [lasts, setLasts] = useState(false);
  const cut = state.name === 'reconnecting';
  useEffect(() => {
    const look = () => setOffline(!navigator.onLine);
    addEventListener('online', look);
    addEventListener('offline', look);
    return () => {
      removeEventListener('online', look);
      removeEventListener('offline', look);
    };
  }, []);
  useEffect(() => {
    if (!cut) return setLasts(false);
    const timer = setTimeout(() => setLasts(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [cut]);
  const shown = offline || (cut && lasts);
  return (
    <div class={shown ? 'banner' : 'banner none'} role="status">
      {shown && `${offline ? 'You are offline.' : 'The server cannot be reached.'} ${MEANWHILE}`}
    </div>
  );
}
