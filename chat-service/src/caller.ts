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
 * Who asks for what is of a channel: throws the problem of who may not read it, or asks too much. It waits for nothing where all
 * that is known.
 */
export async function requireReader(
  { authenticator, access, limits }: CallerParts,
  incoming: IncomingMessage,
  channel: string,
): Promise<Identity> {
  const told = authenticator.identify(incoming.headers);
  const identity = told instanceof Promise ? await told : told;
  const admitted = limits.admitRead(incoming, identity);
  if (admitted !== undefined) await admitted;
  const allowed = access.require(identity, 'subscribe', channel);
  if (allowed !== undefined) await allowed;
  return identity;
}

/** Who calls, on a write that is done in somebody's name: throws the problem where nobody says who they are, or may call at all. */
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

/** The body of a call that takes JSON or none. */
export async function readJson(incoming: IncomingMessage): Promise<unknown> {
  const { headers } = incoming;
  const empty = headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;
  if (empty) return {};
  const body = await readRequestBody(incoming, { text: false });
  return body.kind === 'json' ? body.value : {};
}
