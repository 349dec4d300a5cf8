import type { Auth } from '@carillon/auth';
import type { HttpApp } from '@carillon/http';
import { type Identity, Problem } from '@carillon/protocol';
import type { z } from 'zod';
import { cameByHttps } from '../came-by-https.ts';
import { newSession } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { readRequestBody } from '../request-body.ts';
import { refuseForeignOrigin } from '../same-origin.ts';
import type { sessionAnswer } from '../session-contract.ts';
import { parse } from '../validation.ts';
import { SIGN_IN_PATH } from './sign-in.ts';

/** `GET`, `POST` and `DELETE /v1/session`: who the caller is, and for how long. */
export function sessionRoutes(app: HttpApp, auth: Auth): void {
  app.get('/v1/session', async (c) =>
    jsonResponse(200, answerOf(await auth.identify(c.env.incoming.headers), auth)),
  );

  app.post('/v1/session', async (c) => {
    const { incoming } = c.env;
    // Without a cookie, too: a page elsewhere must not make somebody another person here.
    refuseForeignOrigin(incoming.headers);
    const secure = cameByHttps(incoming);
    if (incoming.headers.authorization !== undefined) {
      const { identity, cookie } = auth.sessions.issue(
        signedIn(await auth.identify(incoming.headers)),
        secure,
      );
      return jsonResponse(200, answerOf(identity, auth), { 'Set-Cookie': cookie });
    }
    if (auth.mode !== 'open') {
      const way =
        auth.mode === 'oidc' ? `Sign in at ${SIGN_IN_PATH}.` : 'Bring a token, as Authorization: Bearer.';
      throw new Problem('unauthenticated', way);
    }
    const body = await readRequestBody(incoming, { text: false });
    const { name } = parse(newSession, body.kind === 'json' ? body.value : {});
    const known = auth.sessions.read(incoming.headers.cookie);
    const { identity, cookie } = auth.sessions.issueGuest(name, secure, known?.author.id);
    return jsonResponse(200, answerOf(identity, auth), { 'Set-Cookie': cookie });
  });

  app.delete('/v1/session', async (c) => {
    const { incoming } = c.env;
    refuseForeignOrigin(incoming.headers);
    const identity = auth.sessions.read(incoming.headers.cookie);
    const next = identity === undefined ? undefined : await auth.signIn?.endUrl();
    return jsonResponse(200, next === undefined ? {} : { next }, {
      'Set-Cookie': auth.sessions.clear(cameByHttps(incoming)),
    });
  });
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
