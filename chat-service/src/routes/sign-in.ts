import type { IncomingMessage } from 'node:http';
import { type Auth, cameByHttps, returnPath, type SignIn } from '@carillon/auth';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { header } from '../openapi/media.ts';
import { problems } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import type { RequestLimits } from '../request-limits.ts';
import { signInQuery } from '../session-contract.ts';
import { invalid } from '../validation.ts';

/** Where a browser begins to sign in. */
export const SIGN_IN_PATH = '/v1/auth/login';

/** `GET /v1/auth/login` and `GET /v1/auth/callback`: a person signs in at the provider. */
export function signInRoutes(api: Api, auth: Auth, limits: RequestLimits): void {
  const { sessions, signIn } = auth;
  /** By address: a caller that signs in has no identity yet. */
  const admit = async (incoming: IncomingMessage) => limits.admitCall(incoming, await auth.identify({}));

  const begin = createRoute({
    method: 'get',
    path: SIGN_IN_PATH,
    tags: ['session'],
    summary: 'Sign in at the provider (AUTH=oidc): a page to open in a browser, not to fetch',
    request: { query: signInQuery },
    responses: {
      302: redirected('To the provider', 'what the browser brings back'),
      ...problems('invalid', 'identity_away', 'not_configured'),
    },
  });
  addRoute(api, begin, async (c, route) => {
    await admit(c.env.incoming);
    const returnTo = returnPath(route.query(c).return ?? '/');
    if (returnTo === undefined) throw invalid([{ field: 'return', detail: 'must be a path of this origin' }]);
    const { location, cookie } = await provider(signIn).begin(returnTo);
    return redirect(location, [cookie]);
  });

  const finish = createRoute({
    method: 'get',
    path: '/v1/auth/callback',
    tags: ['session'],
    summary: 'Where the provider sends a browser back to',
    responses: {
      302: redirected('Signed in, and back to where it began', 'the session'),
      ...problems('unauthenticated', 'limit_reached', 'identity_away', 'not_configured'),
    },
  });
  addRoute(api, finish, async (c) => {
    const { incoming } = c.env;
    await admit(incoming);
    const used = provider(signIn);
    const { search } = new URL(c.req.url);
    const { person, returnTo, keep } = await used.finish(search, incoming.headers.cookie);
    if (person === undefined) return redirect(returnTo, [used.clear()]);
    // Always a new session, so that nobody else can have chosen its id (session fixation).
    const { identity, cookie } = sessions.issue(person, cameByHttps(incoming.headers));
    const kept = identity.session === undefined ? undefined : keep?.(identity.session);
    return redirect(returnTo, [cookie, used.clear(), ...(kept === undefined ? [] : [kept])]);
  });
}

function provider(signIn: SignIn | undefined): SignIn {
  if (signIn !== undefined) return signIn;
  throw new Problem('not_configured', 'People do not sign in at a provider here (AUTH is not oidc).');
}

const redirected = (description: string, cookie: string) => ({
  description,
  headers: { Location: header('where the browser goes on'), 'Set-Cookie': header(cookie) },
});

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({
    Location: location,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  });
  for (const cookie of cookies) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 302, headers });
}
