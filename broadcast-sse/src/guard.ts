import type { Access, AccessChange } from '@carillon/access';
import { type DeniedEvent, type Identity, Problem } from '@carillon/protocol';
import type { Hub } from './hub.ts';
import { SLICE_VISITS } from './round.ts';
import type { Stream } from './subscriber.ts';

/**
 * Lets pass who may read all of the channels; throws a problem where somebody may not, and the store's own error where that
 * is not known now. It gives a promise only where it has to ask the store.
 */
export type MayRead = (identity: Identity, channels: readonly string[]) => undefined | Promise<undefined>;

export function mayRead(access: Pick<Access, 'admit' | 'require'>): MayRead {
  const requireOne = (identity: Identity, channel: string): undefined | Promise<undefined> => {
    try {
      return access
        .require(identity, 'subscribe', channel)
        ?.catch((error: unknown) => refuse(error, channel));
    } catch (error) {
      return refuse(error, channel);
    }
  };
  const check: MayRead = (identity, channels) => {
    const admitted = access.admit(identity);
    if (admitted !== undefined) return admitted.then(() => check(identity, channels));
    const asked: Promise<undefined>[] = [];
    try {
      for (const channel of channels) {
        const answer = requireOne(identity, channel);
        if (answer !== undefined) asked.push(answer);
      }
    } catch (error) {
      // The others are not waited for.
      for (const other of asked) other.catch(() => {});
      throw error;
    }
    return asked.length === 0 ? undefined : Promise.all(asked).then(() => undefined);
  };
  return check;
}

/** The channel that a stream is not given for. */
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

/** Ends the streams whose readers may not have them any more. */
export interface StreamGuard {
  /** Looks again at those of which the store could not tell; to be called about once a second. */
  retry(): void;
  stop(): void;
}

/** Looks again at the streams that a change of access is about. */
export function guardStreams(hub: Hub, access: Pick<Access, 'admit' | 'require' | 'onChange'>): StreamGuard {
  const check = mayRead(access);
  const unsure = new Set<Stream>();
  const stop = access.onChange((changes) => void recheck(hub, check, concernedBy(hub, changes), unsure));
  return {
    retry() {
      if (unsure.size === 0) return;
      const streams = [...unsure];
      unsure.clear();
      void recheck(hub, check, streams, unsure);
    },
    stop,
  };
}

function concernedBy(hub: Hub, changes: readonly AccessChange[]): Set<Stream> {
  const streams = new Set<Stream>();
  for (const { channel, person } of changes) {
    const found =
      person !== undefined
        ? hub.readers.of(person)
        : channel !== undefined
          ? hub.streamsOf(channel)
          : hub.openStreams();
    for (const stream of found) streams.add(stream);
  }
  return streams;
}

/** In slices: all the readers of a large channel may have to be looked at, and messages go on meanwhile. */
async function recheck(
  hub: Hub,
  check: MayRead,
  streams: Iterable<Stream>,
  unsure: Set<Stream>,
): Promise<void> {
  let visits = 0;
  for (const stream of streams) {
    if (!stream.closed) void recheckOne(hub, check, stream, unsure);
    visits += 1;
    if (visits % SLICE_VISITS === 0) await new Promise((next) => setImmediate(next));
  }
}

async function recheckOne(hub: Hub, check: MayRead, stream: Stream, unsure: Set<Stream>): Promise<void> {
  try {
    const answer = check(
      stream.identity,
      stream.subscribers.map(({ channel }) => channel.name),
    );
    if (answer !== undefined) await answer;
  } catch (error) {
    if (error instanceof Problem) hub.deny(stream, deniedFor(error));
    // What is not known now was allowed when it was last known, and no change may come that asks again.
    else if (!stream.closed) unsure.add(stream);
  }
}

/** What a stream is told for the last time, for the problem that its reader would get anew. */
export function deniedFor(problem: Problem): DeniedEvent {
  const { code, message } = problem;
  const reason = code === 'unauthenticated' ? 'revoked' : code === 'banned' ? 'banned' : 'not_allowed';
  return {
    reason,
    ...(problem instanceof Unreadable && { channel: problem.channel }),
    detail: message,
  };
}
