import type { Author, Carillon, Grants, IdentityKind } from '@carillon/client';
import { forgetPerson, loadPerson, savePerson } from './last-person.ts';
import { createStore, type Store } from './state/store.ts';

/** The person at the page as the server knows them, and what they may do. */
export interface Session extends Author {
  kind: IdentityKind;
  auth: { mode: 'open' | 'jwt' | 'oidc'; signIn?: string };
  grants: Grants;
  /** ISO 8601. */
  expiresAt?: string;
}

/** The person at the page, as the server knows them. */
export interface Identity {
  readonly session: Store<Session>;
  readonly me: Store<Author>;
  /** Resolves once the server has said who we are. Never rejects: it is asked until it answers. */
  readonly confirmed: Promise<void>;
  /** Whether it has said so. Until then we are the person who was here last. */
  isConfirmed(): boolean;
  /**
   * Asks the server who we are. False where it does not answer. `takesOver`: we are the same person under another id, such as a
   * guest who took a name, and keep what we have written.
   */
  ask(takesOver?: boolean): Promise<boolean>;
  /**
   * Asks again, because our session seems to have ended. Says whether we are still the same, undefined where the server does not
   * answer.
   */
  recheck(): Promise<boolean | undefined>;
}

/** What the server has said of the person. */
export interface IdentityAnswer {
  id: string;
  /** Who they were before: the same id where nothing has changed. */
  before: string;
  /** It is the first answer since the page was opened. */
  first: boolean;
  takesOver: boolean;
}

export interface IdentityOptions {
  carillon: Carillon;
  /** The server has answered; the stores are set. */
  onAnswer: (answer: IdentityAnswer) => void;
  /** The stream may be opened again: its session has ended, and there is another. */
  onRenewed: () => void;
}

const GUEST: Session = {
  id: 'guest',
  name: 'Guest',
  kind: 'anonymous',
  auth: { mode: 'open' },
  grants: { subscribe: ['*'], publish: ['*'], moderate: [] },
};

/** Where the server could not say who we are, it is asked again after this long, ms. */
const ASK_AGAIN_MS = 3_000;
/** Where a stream is refused though we are who we were, it is asked for no more often than this, ms. */
const RENEW_EVERY_MS = 30_000;

/** Finds out who the person at the page is, and follows it when that changes. Asks the server at once. */
export function createIdentity({ carillon, onAnswer, onRenewed }: IdentityOptions): Identity {
  const session = createStore<Session>({ ...GUEST, ...loadPerson() });
  const me = createStore<Author>(authorOf(session.get()));
  let confirmed = false;
  let asking: Promise<boolean> | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;

  async function ask(takesOver = false): Promise<boolean> {
    const found = await carillon.session().catch(() => undefined);
    if (found === undefined) return false;
    const before = session.get();
    if (!confirmed && !takesOver && before.id !== GUEST.id && found.id !== before.id) {
      // What is shown is another person's: their name, and what they typed and did not send.
      forgetPerson();
      location.reload();
      return true;
    }
    const first = !confirmed;
    confirmed = true;
    const { expiresAt: _, ...rest } = before;
    session.set({ ...rest, ...found });
    me.set(authorOf(found));
    savePerson(session.get());
    onAnswer({ id: found.id, before: before.id, first, takesOver });
    return true;
  }

  async function recheck(): Promise<boolean | undefined> {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    const before = session.get();
    if (!(await asking)) return undefined;
    const { id, kind, auth } = session.get();
    // Before they have signed in, an anonymous person may not read where sign-in is required.
    const mayRead = kind !== 'anonymous' || auth.mode === 'open';
    const now = performance.now();
    if (mayRead && (id !== before.id || now - renewedAt > RENEW_EVERY_MS)) {
      renewedAt = now;
      onRenewed();
    }
    return id === before.id;
  }

  async function askUntilAnswered(): Promise<void> {
    while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }

  // After a sign-in at a provider in another tab, this one is signed in, too.
  document.addEventListener('visibilitychange', () => {
    const { kind, auth } = session.get();
    if (!document.hidden && confirmed && kind === 'anonymous' && auth.mode !== 'open') void recheck();
  });

  return { session, me, confirmed: askUntilAnswered(), isConfirmed: () => confirmed, ask, recheck };
}

function authorOf({ id, name }: Author): Author {
  return { id, name };
}
