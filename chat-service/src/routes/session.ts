import type { Access } from '@carillon/access';
import { type Auth, cameByHttps } from '@carillon/auth';
import { type History, MAX_REVOCATIONS } from '@carillon/history';
import { type Identity, Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import type { z } from 'zod';
import { newSession } from '../contract.ts';
import { header, json, jsonBody } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems, STORE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';
import { readRequestBody } from '../request-body.ts';
import type { RequestLimits } from '../request-limits.ts';
import { refuseForeignOrigin } from '../same-origin.ts';
import { sessionAnswer, signedOut } from '../session-contract.ts';
import { SIGN_IN_PATH } from './sign-in.ts';

export interface SessionRouteParts {
  auth: Auth;
  access: Access;
  history: { access: Pick<History['access'], 'revoke'> };
  limits: RequestLimits;
}

/** `GET`, `POST` and `DELETE /v1/session`: the caller's identity, and until when it is valid. */
export function sessionRoutes(api: Api, { auth, access, history, limits }: SessionRouteParts): void {
  const described = { path: '/v1/session', tags: ['session'], security: CALLER };

  const get = createRoute({
    ...described,
    method: 'get',
    summary: 'Who you are, what you may do, and how to sign in here',
    responses: {
      200: { description: 'You', content: json(sessionAnswer) },
      ...problems('unauthenticated', 'identity_away', 'history_away'),
    },
  });
  addRoute(api, get, async (c, route) => {
    const { incoming } = c.env;
    const identity = await auth.identify(incoming.headers);
    await limits.admitRead(incoming, identity);
    if (!(await hasEnded(identity, access))) return route.answer(200, answerOf(identity, auth));
    if (incoming.headers.authorization !== undefined) throw ended();
    // A cookie whose session was ended elsewhere is not valid: the browser drops it.
    const cookie = auth.sessions.clear(cameByHttps(incoming.headers));
    return route.answer(200, answerOf(await auth.identify({}), auth), { 'Set-Cookie': cookie });
  });

  const begin = createRoute({
    ...described,
    method: 'post',
    summary: 'Take a name, or another (AUTH=open); or, with a token, get a session until it expires',
    request: { body: jsonBody(newSession, false) },
    responses: {
      200: {
        description: 'Who you are now',
        content: json(sessionAnswer),
        headers: { 'Set-Cookie': header('the session') },
      },
      ...problems(
        ...BODY_PROBLEMS,
        'unauthenticated',
        'forbidden',
        'limit_reached',
        'invalid',
        'banned',
        'identity_away',
        'history_away',
      ),
    },
  });
  addRoute(api, begin, async (c, route) => {
    const { incoming } = c.env;
    // Also without a cookie: a page of another origin must not change who somebody is here.
    refuseForeignOrigin(incoming.headers);
    const secure = cameByHttps(incoming.headers);
    // By address: a caller that takes a name has no identity yet.
    await limits.admitCall(incoming, await auth.identify({}));
    if (incoming.headers.authorization !== undefined) {
      const person = await auth.identify(incoming.headers);
      await access.admit(person);
      const { identity, cookie } = auth.sessions.issue(signedIn(person), secure);
      return route.answer(200, answerOf(identity, auth), { 'Set-Cookie': cookie });
    }
    if (auth.mode !== 'open') {
      const way =
        auth.mode === 'oidc' ? `Sign in at ${SIGN_IN_PATH}.` : 'Bring a token, as Authorization: Bearer.';
      throw new Problem('unauthenticated', way);
    }
    const body = await readRequestBody(incoming, { text: false });
    const { name } = route.body(body.kind === 'json' ? body.value : {});
    const known = auth.sessions.read(incoming.headers.cookie, secure);
    // An ended session gets a new id, or ending it would have no effect.
    const kept = known !== undefined && !(await hasEnded(known, access)) ? known.author.id : undefined;
    const { identity, cookie } = auth.sessions.issueGuest(name, secure, kept);
    return route.answer(200, answerOf(identity, auth), { 'Set-Cookie': cookie });
  });

  const end = createRoute({
    ...described,
    method: 'delete',
    summary: 'Sign out',
    responses: {
      200: {
        description: 'Signed out here',
        content: json(signedOut),
        headers: { 'Set-Cookie': header('none any more') },
      },
      ...problems('unauthenticated', 'forbidden', 'limit_reached', 'identity_away', ...STORE_PROBLEMS),
    },
  });
  addRoute(api, end, async (c, route) => {
    const { incoming } = c.env;
    refuseForeignOrigin(incoming.headers);
    const identity = await auth.identify(incoming.headers);
    await limits.admitCall(incoming, identity);
    await endSession(identity);
    const { kind, session } = identity;
    const next = kind === 'person' ? await auth.signIn?.endUrl(session, incoming.headers.cookie) : undefined;
    const cookie = auth.sessions.clear(cameByHttps(incoming.headers));
    const response = route.answer(200, next === undefined ? {} : { next }, { 'Set-Cookie': cookie });
    if (auth.signIn !== undefined) response.headers.append('Set-Cookie', auth.signIn.forget());
    return response;
  });

  /**
   * Ends a person's session on every node, until it would have ended by itself. A guest's is only forgotten: anybody can make
   * thousands of them, and each revocation is kept on every node for a year.
   */
  async function endSession({ kind, author, session, expiresAt }: Identity): Promise<void> {
    if (kind !== 'person' || session === undefined || expiresAt === undefined) return;
    const ms = expiresAt - Date.now() + CLOCK_DIFFERENCE_MS;
    const { outcome } = await history.access.revoke({ person: author.id, session, ms });
    // The cookie stays, so that you can try again: without it a copy of the session would stay valid.
    if (outcome === 'full') {
      throw new Problem(
        'limit_reached',
        `At most ${MAX_REVOCATIONS} ended sessions are kept. Try again later.`,
      );
    }
    await access.refresh();
  }
}

/** The store's clock and ours may differ by some seconds, and a revocation must not expire before the session. */
const CLOCK_DIFFERENCE_MS = 60_000;

const ended = () => new Problem('unauthenticated', 'This session was ended.');

/** Whether this session was ended, by a sign-out or by a moderator. */
async function hasEnded(identity: Identity, access: Access): Promise<boolean> {
  try {
    await access.admit(identity);
    return false;
  } catch (error) {
    if (error instanceof Problem) return error.code === 'unauthenticated';
    throw error;
  }
}

/** The person of a token that can be made a session. Throws the problem `forbidden` for other tokens. */
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
