import type { DeniedEvent } from '@carillon/client';
import type { Chat } from '../chat.ts';
import { useStore } from '../state/store.ts';
import { SignIn } from './sign-in.tsx';

/** Who skips to where one writes, or comes back there by Escape, comes here. */
const STAND_IN = { id: 'message', tabIndex: -1 };

/** Stands where one would write, and says why one may not. */
export function ArchivedNotice() {
  return (
    <p class="instead" role="note" {...STAND_IN}>
      This channel is archived. You can read it, but not write in it.
    </p>
  );
}

export function ReadOnlyNotice() {
  return (
    <p class="instead" role="note" {...STAND_IN}>
      You can read this channel, but not write in it.
    </p>
  );
}

/** Says that the channel is closed to one, and what to do. */
export function DeniedNotice({ denied, chat }: { denied: DeniedEvent; chat: Chat }) {
  const session = useStore(chat.session);
  return (
    <div class="instead" role="alert" {...STAND_IN}>
      <p>
        <strong>{deniedInWords(denied)}</strong> {denied.reason === 'banned' && denied.detail}
      </p>
      {(denied.reason === 'expired' || denied.reason === 'revoked') && session.auth.mode !== 'open' && (
        <SignIn chat={chat} />
      )}
    </div>
  );
}

function deniedInWords({ reason, channel }: DeniedEvent): string {
  switch (reason) {
    case 'expired':
      return 'Your session has ended. Sign in again to continue.';
    case 'revoked':
      return 'You were signed out.';
    case 'banned':
      return channel === undefined ? 'You are banned.' : `You are banned from #${channel}.`;
    case 'not_allowed':
      return 'You no longer have access to this channel.';
  }
}
