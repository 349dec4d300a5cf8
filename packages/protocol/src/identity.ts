import { z } from 'zod';
import type { Author } from './message.ts';

/** Channels somebody may use: names, and patterns in which `*` stands for any characters, such as `team-*`. */
const channelPatterns = z
  .array(
    z
      .string()
      .max(64)
      .regex(/^[a-z0-9*][a-z0-9*_-]*$/),
  )
  .max(1_000);

/** What somebody may do, before a channel's members, mutes and bans are checked. */
export const grants = z.object({
  subscribe: channelPatterns,
  publish: channelPatterns,
  moderate: channelPatterns,
});
export type Grants = z.infer<typeof grants>;

/**
 * `anonymous`: no session and no token. `guest`: gave a name, nothing else is known. `person`: signed in, or has a
 * token. `service`: a part of Carillon.
 */
export const IDENTITY_KINDS = ['anonymous', 'guest', 'person', 'service'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** The caller of a request and the caller's rights. */
export interface Identity {
  readonly kind: IdentityKind;
  /** Anonymous callers share one. */
  readonly author: Author;
  readonly grants: Grants;
  /** The id that a revocation names: of a session or a token. */
  readonly session?: string;
  /**
   * When the session or token was issued, ms since 1970: a revocation of all of a person's sessions ends older ones.
   */
  readonly issuedAt?: number;
  /** ms since 1970; a stream ends then. */
  readonly expiresAt?: number;
}

/** Why a stream ends for good; a new stream is refused, or needs another identity. */
export const DENIED_REASONS = ['expired', 'revoked', 'banned', 'not_allowed'] as const;

/** The last event of a stream whose reader may no longer read it. */
export const deniedEvent = z.object({
  reason: z.enum(DENIED_REASONS).meta({ description: 'why' }),
  channel: z.string().optional().meta({ description: 'the channel, if the reason applies to one channel' }),
  detail: z.string().meta({ description: 'the reason in plain English' }),
});
export type DeniedEvent = z.infer<typeof deniedEvent>;
