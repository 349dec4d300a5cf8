import type { DeniedEvent } from '@carillon/client';
import type { Chat } from '../chat.ts';
import { useStore } from '../state/store.ts';
import { SignIn } from './sign-in.tsx';

/** The link that skips to the message field, and Escape, lead here where there is no field. */
const STAND_IN = { id: 'message', tabIndex: -1 };

/** In the place of the message field: the channel is archived. */
export function ArchivedNotice() {
  return (
    <p class="instead" role="note" {...STAND_IN}>
      This channel is archived. You can read it, but not write in it.
    </p>
  );
}

/** For people who may read the channel, but not write in it. */
export function ReadOnlyNotice() {
  return (
    <p class="instead" role="note" {...STAND_IN}>
      You can read this channel, but not write in it.
    </p>
  );
}

/** In the place of the message field: the person has no access any more, and what they can do. */
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
