import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';
import { freePort } from './free-port.ts';

export const CLIENT_ID = 'carillon';
export const CLIENT_SECRET = 'a secret that the provider and Carillon have';
/** Of the tokens that programs get. */
export const AUDIENCE = 'urn:carillon';

/** What the provider says of a person beside the name they sign in with. */
export type Claims = Readonly<Record<string, unknown>>;

/** A real OpenID provider on this machine. It accepts every name, with any password. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** A token for a program, RS256, that names {@link AUDIENCE}; its subject is the client's id. */
  token(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts one that leads people back to `publicUrl`. `claimsOf` is asked for the claims of each subject. Another that is started at the
 * `port` of one that was closed has another key of the same name.
 */
export async function startIdentityProvider(
  publicUrl: string,
  claimsOf: (subject: string) => Claims = (subject) => ({ name: subject }),
  at?: number,
): Promise<IdentityProvider> {
  const port = at ?? (await freePort());
  // Another site than Carillon at 127.0.0.1, as it is in life: the browser comes back from elsewhere.
  const issuer = `http://localhost:${port}`;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const provider = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'first' }] },
    cookies: { keys: ['a key for the cookies of a test'] },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        redirect_uris: [`${publicUrl}/v1/auth/callback`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        grant_types: ['authorization_code', 'client_credentials'],
      },
    ],
    claims: { openid: ['sub'], profile: ['name', 'carillon'] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, ...claimsOf(sub) }),
    }),
    extraTokenClaims: () => ({ name: 'A program', carillon: { subscribe: ['*'], publish: ['lobby'] } }),
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        getResourceServerInfo: () => ({
          scope: '',
          audience: AUDIENCE,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  });
  const server = createServer(provider.callback()).listen(port);
  await once(server, 'listening');
  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    async token() {
      const basic = Buffer.from(`${CLIENT_ID}:${encodeURIComponent(CLIENT_SECRET)}`).toString('base64');
      const answer = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE }),
      });
      const { access_token } = (await answer.json()) as { access_token?: string };
      if (access_token === undefined) throw new Error(`the provider gave no token: ${answer.status}`);
      return access_token;
    },
    async close() {
      if (!server.listening) return;
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
