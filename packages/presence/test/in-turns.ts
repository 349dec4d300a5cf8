import { setTimeout as sleep } from 'node:timers/promises';
import type { PresenceEvent } from '@carillon/protocol';
import { afterEach, beforeEach, vi } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { type Presence, TURN_MS } from '../src/presence.ts';

/** Commands of a ping, one after the other, are two. A turn has fewer than twelve, and those of a node keep their order. */
const PINGS_PER_TURN = 6;
/** In real time; a crowded machine takes seconds for what takes milliseconds. */
const WITHIN_MS = 60_000;

export interface Node extends Presence {
  /** What it told last of a channel. */
  last(channel: string): PresenceEvent | undefined;
}

/** Nodes whose turns come when a test says so: a second passes as soon as all of them have done what is due. */
export interface InTurns {
  /** One that is connected. It is closed after the test. */
  node(): Promise<Node>;
  /** Lets so much time pass, to the nodes alone: for Redis and sockets it stands still. */
  pass(ms: number): Promise<void>;
  /** Lets turns pass until `attempt` neither throws nor gives false. */
  until(attempt: () => unknown): Promise<void>;
}

/** For each test of the suite that calls this. */
export function inTurns(open: () => Presence): InTurns {
  const opened = new Set<Presence>();

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(async () => {
    await Promise.all([...opened].map((presence) => presence.close()));
    vi.useRealTimers();
  });

  const settle = async () => {
    for (let ping = 0; ping < PINGS_PER_TURN; ping++)
      await Promise.all([...opened].map((presence) => presence.ping()));
  };
  const pass = async (ms: number) => {
    for (let left = ms; left > 0; left -= TURN_MS) {
      vi.advanceTimersByTime(Math.min(left, TURN_MS));
      await settle();
    }
  };

  return {
    async node() {
      const presence = open();
      const told = new Map<string, PresenceEvent>();
      presence.follow((present) => told.set(present.channel, present));
      await eventually('the connection', () => presence.connected);
      opened.add(presence);
      const close = presence.close.bind(presence);
      return Object.assign(presence, {
        last: (channel: string) => told.get(channel),
        close: () => {
          opened.delete(presence);
          return close();
        },
      });
    },
    pass,
    async until(attempt) {
      const deadline = Date.now() + WITHIN_MS;
      for (;;) {
        try {
          if ((await attempt()) !== false) return;
          if (Date.now() > deadline) throw new Error('it did not come true');
        } catch (error) {
          if (Date.now() > deadline) throw error;
        }
        await pass(TURN_MS);
        // What is gathered by its own clock, such as typing, comes in real time.
        await sleep(1);
      }
    },
  };
}
