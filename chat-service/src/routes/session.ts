import type { Access } from '@carillon/access';
import { type Auth, cameByHttps } from '@carillon/auth';
import { type History, MAX_REVOCATIONS } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { type Identity, Problem } from '@carillon/protocol';
import type { z } from 'zod';
import { newSession } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { readRequestBody } from '../request-body.ts';
import type { RequestLimits } from '../request-limits.ts';
import { refuseForeignOrigin } from '../same-origin.ts';
import type { sessionAnswer, signedOut } from '../session-contract.ts';
import { parse } from '../validation.ts';
import { SIGN_IN_PATH } from './sign-in.ts';

export interface SessionRouteParts {
  auth: Auth;
  access: Access;
  history: { access: Pick<History['access'], 'revoke'> };
  limits: RequestLimits;
}

/** `GET`, `POST` and `DELETE /v1/session`: who the caller is, and for how long. */
export function sessionRoutes(app: HttpApp, { auth, access, history, limits }: SessionRouteParts): void {
  app.get('/v1/session', async (c) => {
    const { incoming } = c.env;
    const identity = await auth.identify(incoming.headers);
    await limits.admitRead(incoming, identity);
    if (!(await hasEnded(identity, access))) return jsonResponse(200, answerOf(identity, auth));
    if (incoming.headers.authorization !== undefined) throw ended();
    // A cookie whose session was ended elsewhere is none, and the browser may as well forget it.
    const cookie = auth.sessions.clear(cameByHttps(incoming.headers));
    return jsonResponse(200, answerOf(await auth.identify({}), auth), { 'Set-Cookie': cookie });
  });

  app.post('/v1/session', async (c) => {
    const { incoming } = c.env;
    // Without a cookie, too: a page elsewhere must not make somebody another person here.
    refuseForeignOrigin(incoming.headers);
    const secure = cameByHttps(incoming.headers);
    // By address: who comes for a name has none yet.
    await limits.admitCall(incoming, await auth.identify({}));
    if (incoming.headers.authorization !== undefined) {
      const person = await auth.identify(incoming.headers);
      await access.admit(person);
      const { identity, cookie } = auth.sessions.issue(signedIn(person), secure);
      return jsonResponse(200, answerOf(identity, auth), { 'Set-Cookie': cookie });
    }
    if (auth.mode !== 'open') {
      const way =
        auth.mode === 'oidc' ? `Sign in at ${SIGN_IN_PATH}.` : 'Bring a token, as Authorization: Bearer.';
      throw new Problem('unauthenticated', way);
    }
    const body = await readRequestBody(incoming, { text: false });
    const { name } = parse(newSession, body.kind === 'json' ? body.value : {});
    const known = auth.sessions.read(incoming.headers.cookie, secure);
    // Who was ended comes back as somebody else, or an end would be none.
    const kept = known !== undefined && !(await hasEnded(known, access)) ? known.author.id : undefined;
    const { identity, cookie } = auth.sessions.issueGuest(name, secure, kept);
    return jsonResponse(200, answerOf(identity, auth), { 'Set-Cookie': cookie });
  });

  app.delete('/v1/session', async (c) => {
    const { incoming } = c.env;
    refuseForeignOrigin(incoming.headers);
    const identity = await auth.identify(incoming.headers);
    await limits.admitCall(incoming, identity);
    await end(identity);
    const { kind, session } = identity;
    const next = kind === 'person' ? await auth.signIn?.endUrl(session, incoming.headers.cookie) : undefined;
    const answer: z.input<typeof signedOut> = next === undefined ? {} : { next };
    const cookie = auth.sessions.clear(cameByHttps(incoming.headers));
    const response = jsonResponse(200, answer, { 'Set-Cookie': cookie });
    if (auth.signIn !== undefined) response.headers.append('Set-Cookie', auth.signIn.forget());
    return response;
  });

  /**
   * Ends a person's session on every node, until it would have ended by itself. A guest's is only forgotten: whoever likes can
   * make thousands of them, and each end has to be known everywhere for a year.
   */
  async function end({ kind, author, session, expiresAt }: Identity): Promise<void> {
    if (kind !== 'person' || session === undefined || expiresAt === undefined) return;
    const ms = expiresAt - Date.now() + CLOCK_DIFFERENCE_MS;
    const { outcome } = await history.access.revoke({ person: author.id, session, ms });
    // The cookie stays: with it one can try again, and without it the session would go on for who has a copy.
    if (outcome === 'full') {
      throw new Problem(
        'limit_reached',
        `At most ${MAX_REVOCATIONS} ended sessions are kept. Try again later.`,
      );
    }
    await access.refresh();
  }
}

/** The store's clock and ours may differ by some seconds, and an end must not end before the session. */
const CLOCK_DIFFERENCE_MS = 60_000;

const ended = () => new Problem('unauthenticated', 'This session was ended.');

/** Whether somebody signed out of this session, or was. */
async function hasEnded(identity: Identity, access: Access): Promise<boolean> {
  try {
    await access.admit(identity);
    return false;
  } catch (error) {
    if (error instanceof Problem) return error.code === 'unauthenticated';
    throw error;
  }
}

/** Who a token is of, where it is one that a session can be made from. */
function signedIn({ kind, author, grants, issuedAt, expiresAt }: Identity) {
  if (kind !== 'person' || issuedAt === undefined || expiresAt === undefined) {
    throw new Problem('forbidden', 'This token is for calls: there is no session for it.');
  }
  return { author, grants, issuedAt, expiresAt };
}

function answerOf(
  { kind, author, grants, expiresAt }: Identity,
  { mode }: Auth,
): z.input<typeof sessionAnswer> {
  return {
    ...author,
    kind,
    auth: { mode, ...(mode === 'oidc' && { signIn: SIGN_IN_PATH }) },
    grants,
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
  };
}
