import { useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { errorText } from '../error-text.ts';
import { useStore } from '../state/store.ts';
import { useSubmit } from './use-submit.ts';

/** The page of people who have to sign in first. */
export function SignInPane({ chat }: { chat: Chat }) {
  return (
    <main class="pane">
      <div class="empty">
        <h1>Carillon</h1>
        <p>Sign in to see your channels.</p>
        <SignIn chat={chat} />
      </div>
    </main>
  );
}

/** The way to sign in that this server has: at its identity provider, or with a token. */
export function SignIn({ chat }: { chat: Chat }) {
  const { auth } = useStore(chat.session);
  if (auth.mode === 'oidc')
    return (
      <a class="strong" href={signInAddress(auth.signIn ?? '/v1/auth/login')}>
        Sign in
      </a>
    );
  return auth.mode === 'jwt' ? <TokenForm chat={chat} /> : null;
}

/** The address that signs the person in, and leads back to where they are. */
function signInAddress(path: string): string {
  const address = new URL(path, location.href);
  address.searchParams.set('return', location.pathname);
  return address.href;
}

function TokenForm({ chat }: { chat: Chat }) {
  const [token, setToken] = useState('');
  const id = useId();
  const form = useSubmit(async () => {
    if (token.trim() === '') return 'Paste the token that you were given.';
    await chat.useToken(token.trim());
    return undefined;
  }, tokenRefused);
  return (
    <form class="token-form" noValidate onSubmit={form.onSubmit} onInput={form.clear}>
      <label for={id}>Your token</label>
      <div class="field-row">
        <input
          id={id}
          type="password"
          value={token}
          autocomplete="off"
          spellcheck={false}
          aria-invalid={form.fault !== undefined}
          aria-describedby={form.faultId}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="strong" aria-disabled={form.busy}>
          Sign in
        </button>
      </div>
      <p id={form.faultId} class="fault" role="status">
        {form.fault}
      </p>
    </form>
  );
}

function tokenRefused(error: unknown): string {
  return `The token was not accepted: ${errorText(error)}.`;
}
