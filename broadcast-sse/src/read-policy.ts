import type { Access } from '@carillon/access';
import { type DeniedEvent, type Identity, Problem } from '@carillon/protocol';

/**
 * Throws a problem if the identity may not read all of the channels, and the store's own error if that is not known now.
 * Returns a promise only if it has to ask the store.
 */
export type RequireReadable = (
  identity: Identity,
  channels: readonly string[],
) => undefined | Promise<undefined>;

/** Checks readers by what `access` knows: first that the identity holds, then each channel. */
export function readPolicy(access: Pick<Access, 'admit' | 'require'>): RequireReadable {
  const requireChannel = (identity: Identity, channel: string): undefined | Promise<undefined> => {
    try {
      return access
        .require(identity, 'subscribe', channel)
        ?.catch((error: unknown) => refuse(error, channel));
    } catch (error) {
      return refuse(error, channel);
    }
  };
  const requireReadable: RequireReadable = (identity, channels) => {
    const admitted = access.admit(identity);
    if (admitted !== undefined) return admitted.then(() => requireReadable(identity, channels));
    const asked: Promise<undefined>[] = [];
    try {
      for (const channel of channels) {
        const answer = requireChannel(identity, channel);
        if (answer !== undefined) asked.push(answer);
      }
    } catch (error) {
      // Nobody waits for the other answers.
      for (const other of asked) other.catch(() => {});
      throw error;
    }
    return asked.length === 0 ? undefined : Promise.all(asked).then(() => undefined);
  };
  return requireReadable;
}

/** A problem, and the channel that a stream is refused for. */
class Unreadable extends Problem {
  readonly channel: string;

  constructor({ code, message, retryAfter, until }: Problem, channel: string) {
    super(code, message, {
      ...(retryAfter !== undefined && { retryAfter }),
      ...(until !== undefined && { until }),
    });
    this.channel = channel;
  }
}

function refuse(error: unknown, channel: string): never {
  throw error instanceof Problem ? new Unreadable(error, channel) : error;
}

/** The last event of an open stream whose reader would get this problem if it opened the stream now. */
export function deniedFor(problem: Problem): DeniedEvent {
  const { code, message } = problem;
  const reason = code === 'unauthenticated' ? 'revoked' : code === 'banned' ? 'banned' : 'not_allowed';
  return {
    reason,
    ...(problem instanceof Unreadable && { channel: problem.channel }),
    detail: message,
  };
}
