import { randomBytes } from 'node:crypto';
import type { Author, PresenceEvent } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { type Presence, TURN_MS } from '../src/presence.ts';
import { inTurns } from './in-turns.ts';

/** On a busy channel. */
const JOIN_EVERY_MS = 20;

export const person = (id: string, name = id): Author => ({ id, name });

/**
 * What every presence does. `open` gives a node; all it gives are nodes of one store. `lapse` ends what the store still
 * holds for a node that was closed.
 */
export function presenceContract(name: string, open: () => Presence, lapse = async () => {}): void {
  function followed(presence: Presence, channel: string): PresenceEvent[] {
    const events: PresenceEvent[] = [];
    presence.follow((present) => {
      if (present.channel === channel) events.push(present);
    });
    return events;
  }

  const fresh = () => `c${randomBytes(6).toString('hex')}`;

  describe(`presence ${name}`, () => {
    const { node, pass, until } = inTurns(open);

    it('has nobody on a channel that nobody reads', async () => {
      const channel = fresh();
      expect(await (await node()).read(channel)).toEqual({ channel, count: 0, anonymous: 0, people: [] });
    });

    it('answers a ping', async () => {
      await (await node()).ping();
    });

    it('counts a person once, however many streams and nodes, and streams without a session by number', async () => {
      const channel = fresh();
      const [one, other, reader] = [await node(), await node(), await node()];
      const [here, there] = [followed(one, channel), followed(other, channel)];
      for (let stream = 0; stream < 3; stream++) one.join(channel, person('ada', 'Ada'));
      other.join(channel, person('ada', 'Ada'));
      other.join(channel, person('bob', 'Bob'));
      for (let stream = 0; stream < 5; stream++) one.join(channel, undefined);
      other.join(channel, undefined);
      const all = {
        channel,
        count: 2,
        anonymous: 6,
        people: [person('ada', 'Ada'), person('bob', 'Bob')],
      };
      await until(async () => {
        expect(await reader.read(channel)).toEqual(all);
        expect(here.at(-1)).toEqual(all);
        expect(there.at(-1)).toEqual(all);
      });
    });

    it('keeps who leaves and returns, on this node or another, and lets go who stays away', async () => {
      const channel = fresh();
      const [one, other] = [await node(), await node()];
      const seen = followed(other, channel);
      other.join(channel, undefined);
      one.join(channel, person('ada'));
      one.join(channel, person('bob'));
      one.join(channel, person('eve'));
      await until(() => expect(seen.at(-1)?.count).toBe(3));
      seen.length = 0;
      for (const id of ['ada', 'bob', 'eve']) one.leave(channel, person(id));
      one.join(channel, person('ada'));
      await pass(TURN_MS);
      other.join(channel, person('bob'));
      await until(() => expect(seen.at(-1)?.count).toBe(2));
      const ids = seen.map(({ people }) => people.map(({ id }) => id).join());
      expect(ids.every((list) => list === 'ada,bob,eve' || list === 'ada,bob')).toBe(true);
      expect((await other.read(channel)).people).toEqual([person('ada'), person('bob')]);
    });

    it('takes the newest name of a person', async () => {
      const channel = fresh();
      const one = await node();
      one.join(channel, person('ada', 'Ada'));
      one.join(channel, person('ada', 'Ada L.'));
      await until(async () => expect((await one.read(channel)).people).toEqual([person('ada', 'Ada L.')]));
    });

    it('tells of a busy channel about once a second, and of a quiet one nothing', async () => {
      const channel = fresh();
      const one = await node();
      const events = followed(one, channel);
      const turns = 3;
      let readers = 0;
      for (let ms = 0; ms < turns * TURN_MS; ms += JOIN_EVERY_MS, readers++) {
        one.join(channel, person(`p${readers}`));
        await pass(JOIN_EVERY_MS);
      }
      expect(events.length).toBeGreaterThan(0);
      expect(events.length).toBeLessThanOrEqual(turns);
      await until(() => expect(events.at(-1)?.count).toBe(readers));
      // What nodes tell each other of the last of it.
      await pass(3 * TURN_MS);
      const settled = JSON.stringify(events.at(-1));
      events.length = 0;
      await pass(2 * TURN_MS);
      expect(events.every((event) => JSON.stringify(event) === settled)).toBe(true);
      expect(events.length).toBeLessThanOrEqual(1);
    });

    it('lists fifty of a crowd, and counts them all', async () => {
      const channel = fresh();
      const [one, other] = [await node(), await node()];
      for (let id = 0; id < 700; id++) one.join(channel, person(`p${1_000 + id}`));
      other.join(channel, person('p1000'));
      await until(async () => {
        const present = await other.read(channel);
        expect(present.count).toBe(700);
        expect(present.people.map(({ id }) => id)).toEqual(
          Array.from({ length: 50 }, (_, index) => `p${1_000 + index}`),
        );
      });
    });

    it('forgets the people of a node that was closed', async () => {
      const channel = fresh();
      const [one, other] = [await node(), await node()];
      const seen = followed(other, channel);
      other.join(channel, person('bob'));
      one.join(channel, person('ada'));
      one.join(channel, undefined);
      await until(() => expect(seen.at(-1)).toMatchObject({ count: 2, anonymous: 1 }));
      await one.close();
      await lapse();
      await until(() => expect(seen.at(-1)).toMatchObject({ count: 1, anonymous: 0 }));
    });

    it('tells every node that follows of who types, and where', async () => {
      const channel = fresh();
      const [one, other] = [await node(), await node()];
      const heard = { one: [] as string[], other: [] as string[], ended: [] as string[] };
      one.followTyping((where, { id, name }) => heard.one.push(`${where} ${id} ${name}`));
      other.followTyping((where, { id, name }) => heard.other.push(`${where} ${id} ${name}`));
      other.followTyping((where) => heard.ended.push(where))();
      // A subscription is under way: what nobody hears yet is not kept.
      await until(() => {
        one.type(channel, person('eve', 'Eve'));
        expect(heard.other).toContain(`${channel} eve Eve`);
      });
      other.type(channel, person('ada', 'Ada'));
      one.type(`${channel}-2`, person('bob', 'Bob'));
      for (const told of [heard.one, heard.other]) {
        await until(() =>
          expect(told).toEqual(expect.arrayContaining([`${channel} ada Ada`, `${channel}-2 bob Bob`])),
        );
      }
      expect(heard.ended).toEqual([]);
      expect(await one.read(channel)).toMatchObject({ count: 0, people: [] });
    });

    it('survives a leave that had no join', async () => {
      const channel = fresh();
      const one = await node();
      one.leave(channel, person('ada'));
      one.leave(channel, undefined);
      one.join(channel, undefined);
      one.leave(channel, person('ada'));
      await until(async () => expect(await one.read(channel)).toMatchObject({ anonymous: 1 }));
      await pass(TURN_MS);
      expect(await one.read(channel)).toMatchObject({ count: 0, anonymous: 1 });
    });
  });
}
