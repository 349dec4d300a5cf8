/** Redirects and forms of one sign-in: some ten. */
const MAX_STEPS = 30;

/**
 * Signs in at the provider of tests/servers/identity-provider.ts as a browser would, up to where the provider sends it back:
 * gives the callback's URL, not yet visited, and Carillon's cookies.
 */
export async function beginSignIn(
  carillon: string,
  login: string,
): Promise<{ callback: string; cookies: string }> {
  const jars = new Map<string, Map<string, string>>();
  const cookiesOf = (host: string) =>
    [...(jars.get(host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  let url = new URL('/v1/auth/login', carillon);
  let form: URLSearchParams | undefined;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (url.pathname === '/v1/auth/callback') {
      return { callback: url.href, cookies: cookiesOf(url.host) };
    }
    const answer: Response = await fetch(url, {
      redirect: 'manual',
      headers: { Cookie: cookiesOf(url.host) },
      ...(form !== undefined && { method: 'POST', body: form }),
    });
    const jar = jars.get(url.host) ?? new Map<string, string>();
    jars.set(url.host, jar);
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const page = await answer.text();
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url);
      form = undefined;
      continue;
    }
    const action = /action="([^"]+)"/.exec(page)?.[1];
    if (action === undefined) throw new Error(`no form at ${url}: ${answer.status} ${page.slice(0, 500)}`);
    url = new URL(action, url);
    form = page.includes('value="login"')
      ? new URLSearchParams({ prompt: 'login', login, password: 'any' })
      : new URLSearchParams({ prompt: 'consent' });
  }
  throw new Error('the sign-in does not come to an end');
}
