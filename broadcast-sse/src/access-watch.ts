import type { Access, AccessChange } from '@carillon/access';
import { Problem } from '@carillon/protocol';
import { systemClock } from './clock.ts';
import type { Hub } from './hub.ts';
import { deniedFor, type RequireReadable, readPolicy } from './read-policy.ts';
import { inSlices } from './slices.ts';
import type { Stream } from './stream.ts';

/** Ends the streams whose readers may not read any more. */
export interface AccessWatch {
  /** Checks again the streams about which the store could not tell; to be called about once a second. */
  retry(): void;
  stop(): void;
}

/** Checks, at each change of access, the open streams that the change concerns. */
export function watchAccess(hub: Hub, access: Pick<Access, 'admit' | 'require' | 'onChange'>): AccessWatch {
  const requireReadable = readPolicy(access);
  const unsure = new Set<Stream>();
  // In slices: a large channel may have thousands of readers to check, and messages go on meanwhile.
  const recheck = (streams: Iterable<Stream>) =>
    inSlices(streams, systemClock, (stream) => {
      if (!stream.closed) void recheckStream(hub, requireReadable, stream, unsure);
    });
  const stop = access.onChange((changes) => void recheck(concernedBy(hub, changes)));
  return {
    retry() {
      if (unsure.size === 0) return;
      const streams = [...unsure];
      unsure.clear();
      void recheck(streams);
    },
    stop,
  };
}

function concernedBy(hub: Hub, changes: readonly AccessChange[]): Set<Stream> {
  const streams = new Set<Stream>();
  for (const { channel, person } of changes) {
    const found =
      person !== undefined
        ? hub.streamsByPerson.of(person)
        : channel !== undefined
          ? hub.streamsOf(channel)
          : hub.openStreams();
    for (const stream of found) streams.add(stream);
  }
  return streams;
}

async function recheckStream(
  hub: Hub,
  requireReadable: RequireReadable,
  stream: Stream,
  unsure: Set<Stream>,
): Promise<void> {
  try {
    const answer = requireReadable(
      stream.identity,
      stream.subscribers.map(({ channel }) => channel.name),
    );
    if (answer !== undefined) await answer;
  } catch (error) {
    if (error instanceof Problem) hub.deny(stream, deniedFor(error));
    // It was allowed when that was last known, and no other change may come that checks it again.
    else if (!stream.closed) unsure.add(stream);
  }
}
