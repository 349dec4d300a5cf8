import type { IncomingMessage } from 'node:http';
import { type Auth, cameByHttps, returnPath, type SignIn } from '@carillon/auth';
import type { HttpApp } from '@carillon/http';
import { Problem } from '@carillon/protocol';
import type { RequestLimits } from '../request-limits.ts';
import { invalid } from '../validation.ts';

/** Where a browser begins to sign in. */
export const SIGN_IN_PATH = '/v1/auth/login';

/** `GET /v1/auth/login` and `GET /v1/auth/callback`: a person signs in at the provider. */
export function signInRoutes(app: HttpApp, auth: Auth, limits: RequestLimits): void {
  const { sessions, signIn } = auth;
  /** By address: who comes to sign in is nobody yet. */
  const admit = async (incoming: IncomingMessage) => limits.admitCall(incoming, await auth.identify({}));

  app.get(SIGN_IN_PATH, async (c) => {
    await admit(c.env.incoming);
    const returnTo = returnPath(c.req.query('return') ?? '/');
    if (returnTo === undefined) throw invalid([{ field: 'return', detail: 'must be a path of this origin' }]);
    const { location, cookie } = await provider(signIn).begin(returnTo);
    return redirect(location, [cookie]);
  });

  app.get('/v1/auth/callback', async (c) => {
    const { incoming } = c.env;
    await admit(incoming);
    const used = provider(signIn);
    const { search } = new URL(c.req.url);
    const { person, returnTo, keep } = await used.finish(search, incoming.headers.cookie);
    if (person === undefined) return redirect(returnTo, [used.clear()]);
    // Another session than the one that may be there: its id cannot have been chosen by somebody else.
    const { identity, cookie } = sessions.issue(person, cameByHttps(incoming.headers));
    const kept = identity.session === undefined ? undefined : keep?.(identity.session);
    return redirect(returnTo, [cookie, used.clear(), ...(kept === undefined ? [] : [kept])]);
  });
}

function provider(signIn: SignIn | undefined): SignIn {
  if (signIn !== undefined) return signIn;
  throw new Problem('not_configured', 'People do not sign in at a provider here (AUTH is not oidc).');
}

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({
    Location: location,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
  });
  for (const cookie of cookies) headers.append('Set-Cookie', cookie);
  return new Response(null, { status: 302, headers });
}
