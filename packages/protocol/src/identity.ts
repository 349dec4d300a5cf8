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

/** What somebody may do, before a channel's members and its mutes and bans are looked at. */
export const grants = z.object({
  subscribe: channelPatterns,
  publish: channelPatterns,
  moderate: channelPatterns,
});
export type Grants = z.infer<typeof grants>;

/**
 * `anonymous`: no session and no token. `guest`: gave a name, and nothing else is known. `person`: signed in, or a token
 * vouches for them. `service`: a part of Carillon.
 */
export const IDENTITY_KINDS = ['anonymous', 'guest', 'person', 'service'] as const;
export type IdentityKind = (typeof IDENTITY_KINDS)[number];

/** Who calls, and what for. */
export interface Identity {
  readonly kind: IdentityKind;
  /** Anonymous callers share one. */
  readonly author: Author;
  readonly grants: Grants;
  /** What a revocation names: of a session or a token. */
  readonly session?: string;
  /** Of the session or token, ms since 1970: a revocation of all of a person's ends those from before it. */
  readonly issuedAt?: number;
  /** ms since 1970; a stream ends then. */
  readonly expiresAt?: number;
}

/** Why a stream ends for good; a new one is refused, or needs another identity. */
export const DENIED_REASONS = ['expired', 'revoked', 'banned', 'not_allowed'] as const;

/** The last event of a stream whose reader may not have it any longer. */
export const deniedEvent = z.object({
  reason: z.enum(DENIED_REASONS).meta({ description: 'why' }),
  channel: z.string().optional().meta({ description: 'the channel that it is about, where it is about one' }),
  detail: z.string().meta({ description: 'the same for people' }),
});
export type DeniedEvent = z.infer<typeof deniedEvent>;
