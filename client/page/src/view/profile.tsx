import type { Chat } from '../chat.ts';
import { hasIdentity } from '../rights.ts';
import { useStore } from '../state/store.ts';
import { fullTime } from '../state/times.ts';
import { Avatar } from './avatar.tsx';
import { NameForm } from './name-form.tsx';
import { NotificationSwitch } from './notification-switch.tsx';
import { showDialog } from './overlay.tsx';
import { showShortcuts } from './shortcut-list.tsx';
import { SignIn } from './sign-in.tsx';
import { notifyFault } from './toast.tsx';

/** Shows the person's name or account, and lets them change it. */
export function showProfile(chat: Chat): void {
  const title = chat.session.get().auth.mode === 'open' ? 'Your name' : 'Your account';
  showDialog(title, (close) => <Profile chat={chat} close={close} />);
}

function Profile({ chat, close }: { chat: Chat; close: () => void }) {
  const session = useStore(chat.session);
  const known = hasIdentity(session);
  const open = session.auth.mode === 'open';
  const leave = () => {
    close();
    chat.signOut().catch(notifyFault);
  };
  return (
    <div class="profile">
      {open ? (
        <NameForm name={known ? session.name : ''} rename={chat.rename} onDone={close} title="Your name" />
      ) : (
        <>
          <h2>Your account</h2>
          <p class="who">
            <Avatar author={session} />
            <span>
              <strong dir="auto">{session.name}</strong>
              {known && <span class="soft">{session.id}</span>}
            </span>
          </p>
          {!known && <SignIn chat={chat} />}
        </>
      )}
      {known && session.expiresAt !== undefined && (
        <p class="soft">Signed in until {fullTime(session.expiresAt)}.</p>
      )}
      <NotificationSwitch />
      <div class="choices">
        <button type="button" class="link" onClick={showShortcuts}>
          Keyboard shortcuts
        </button>
        {known && (
          <button type="button" class="quiet" onClick={leave}>
            {open ? 'Become a guest again' : 'Sign out'}
          </button>
        )}
        {!open && (
          <button type="button" class="quiet" onClick={close}>
            Close
          </button>
        )}
      </div>
    </div>
  );
}
