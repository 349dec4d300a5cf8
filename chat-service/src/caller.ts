import type { IncomingMessage } from 'node:http';
import type { Access } from '@carillon/access';
import type { Authenticator } from '@carillon/auth';
import { type Identity, Problem } from '@carillon/protocol';
import { readRequestBody } from './request-body.ts';
import type { RequestLimits } from './request-limits.ts';
import { requireSameOrigin } from './same-origin.ts';

export interface CallerParts {
  authenticator: Authenticator;
  access: Access;
  limits: RequestLimits;
}

/**
 * Returns the identity of a caller who wants to read a channel. Throws a Problem if the caller may not read it, or is over the rate
 * limit. It does not wait if everything it needs is in memory.
 */
export async function requireReader(
  { authenticator, access, limits }: CallerParts,
  incoming: IncomingMessage,
  channel: string,
): Promise<Identity> {
  const identified = authenticator.identify(incoming.headers);
  const identity = identified instanceof Promise ? await identified : identified;
  const admitted = limits.admitRead(incoming, identity);
  if (admitted !== undefined) await admitted;
  const allowed = access.require(identity, 'subscribe', channel);
  if (allowed !== undefined) await allowed;
  return identity;
}

/**
 * Returns the identity of the caller of a write in a person's name. Throws a Problem if the request comes from a page of another origin,
 * is over the rate limit, has no session or token (`unauthenticated`), or if the caller may not call at all.
 */
export async function requireCaller(
  { authenticator, access, limits }: CallerParts,
  incoming: IncomingMessage,
): Promise<Identity> {
  const { headers } = incoming;
  requireSameOrigin(headers);
  const identity = await authenticator.identify(headers);
  await limits.admitCall(incoming, identity);
  if (identity.kind === 'anonymous') throw new Problem('unauthenticated', 'Sign in, or take a name.');
  await access.admit(identity);
  return identity;
}

/** Reads the body of a call that takes JSON or no body. */
export async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const { headers } = incoming;
  const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (empty) return {};
  const body = await readRequestBody(incoming, { text: false });
  return body.kind === 'json' ? body.value : {};
}
