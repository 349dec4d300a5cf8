/** The schemas of sessions, sign-in and tickets. */
import { AUTH_MODES } from '@carillon/auth';
import { author, grants, IDENTITY_KINDS } from '@carillon/protocol';
import { z } from 'zod';

export const sessionAnswer = z
  .object({
    ...author.shape,
    kind: z.enum(IDENTITY_KINDS),
    auth: z.object({
      mode: z.enum(AUTH_MODES).meta({ description: 'how people sign in here' }),
      signIn: z.string().optional().meta({ description: 'path where a browser signs in' }),
    }),
    grants: grants.meta({
      description: 'channels: names, and patterns in which * stands for any characters',
    }),
    expiresAt: z.iso.datetime().optional().meta({ description: 'when a new session or token is needed' }),
  })
  .meta({ id: 'Session', description: 'Without a session or a token, the guest' });

export const signedOut = z
  .object({
    next: z.string().optional().meta({
      description: 'where the browser goes next, to sign out at the provider, too',
    }),
  })
  .meta({ id: 'SignedOut' });

export const ticketAnswer = z
  .object({
    ticket: z.string().meta({ description: 'for `?ticket=` of one stream' }),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Ticket' });

export const signInQuery = z.object({
  return: z
    .string()
    .optional()
    .meta({ description: 'path of this origin to return to after signing in', example: '/c/lobby' }),
});
