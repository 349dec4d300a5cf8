import { describe, expect, it } from 'vitest';
import {
  type AccessChange,
  MAX_CHANGES_TOLD,
  MAX_MEMBERS,
  MAX_SANCTIONS,
  MAX_SANCTIONS_PER_CHANNEL,
  type NewSanction,
} from '../../src/index.ts';
import { draft, newChannel, post, range, type Store } from './store.ts';

const ADA = { id: 'ada', name: 'Ada' };
const BOB = { id: 'bob', name: '\ufeffBob' };
const HOUR_MS = 3_600_000;

let people = 0;
const newPerson = () => {
  people += 1;
  return `person-${people}`;
};

export function accessContract(store: () => Store): void {
  const access = () => store().history.access;
  const hands = () => store().hands;
  const create = async (visibility: 'public' | 'private' = 'private', channel = newChannel()) => {
    const made = await access().create({ channel, visibility, topic: '', members: [] }, ADA);
    expect(made.outcome).toBe('created');
    return channel;
  };
  const stateOf = async (channel: string) => (await access().states([channel])).get(channel);
  const version = async () => (await access().changes(Number.MAX_SAFE_INTEGER)).version;
  /** What is told of what `work` does. */
  const told = async (work: () => Promise<unknown>): Promise<AccessChange[] | undefined> => {
    const before = await version();
    await work();
    return (await access().changes(before)).changes;
  };
  const ban = (more: Partial<NewSanction> = {}) =>
    access().sanction({
      kind: 'ban',
      person: newPerson(),
      reason: 'spam',
      by: ADA,
      rank: 1,
      ms: HOUR_MS,
      ...more,
    });

  describe('channels', () => {
    it('are public and have no topic where nobody said otherwise, and are not there before the first post', async () => {
      const channel = newChannel();
      expect([await access().settings(channel), await stateOf(channel)]).toEqual([undefined, undefined]);
      await post(store(), channel, 1);
      expect(await access().settings(channel)).toEqual({ visibility: 'public', topic: '', archived: false });
      expect(await stateOf(channel)).toEqual({
        channel,
        visibility: 'public',
        archived: false,
        roles: new Map(),
      });
    });

    it('are made once, with settings, members, and their maker as the owner', async () => {
      const channel = newChannel();
      const wanted = { channel, visibility: 'private', topic: '\ufeffplans' } as const;
      const members = [{ person: BOB, role: 'member' as const }];
      const changes = await told(async () => {
        const made = await access().create({ ...wanted, members }, ADA);
        expect(made).toMatchObject({
          outcome: 'created',
          settings: { visibility: 'private', topic: '\ufeffplans', archived: false, createdBy: ADA },
        });
      });
      expect(changes).toEqual([{ channel }]);
      expect((await access().settings(channel))?.createdAt).toMatch(/^\d{4}-.*Z$/);
      expect(await access().create({ ...wanted, members }, BOB)).toEqual({ outcome: 'exists' });
      const roles = new Map([
        ['ada', 'owner'],
        ['bob', 'member'],
      ]);
      expect(await stateOf(channel)).toEqual({ channel, visibility: 'private', archived: false, roles });
      expect(await access().members(channel, '', 10)).toMatchObject([
        { person: ADA, role: 'owner' },
        { person: BOB, role: 'member' },
      ]);
      const posted = newChannel();
      await post(store(), posted, 1);
      const again = await access().create({ ...wanted, channel: posted, members }, ADA);
      expect(again).toEqual({ outcome: 'exists' });
    });

    it('made by several at once are made by one', async () => {
      const channel = newChannel();
      const made = range(1, 8).map((maker) =>
        access().create(
          { channel, visibility: 'public', topic: `${maker}`, members: [] },
          { id: `maker-${maker}`, name: 'Maker' },
        ),
      );
      const outcomes = (await Promise.all(made)).map(({ outcome }) => outcome);
      expect(outcomes.sort()).toEqual(['created', ...range(1, 7).map(() => 'exists')]);
      expect((await access().members(channel, '', 10)).length).toBe(1);
    });

    it('change by what is given, and say nothing of what is so already', async () => {
      const channel = newChannel();
      expect(await access().configure(channel, { topic: 'a' }, ADA)).toEqual({ outcome: 'missing' });
      await post(store(), channel, 1);
      const changes = await told(async () => {
        expect(await access().configure(channel, { topic: 'a' }, ADA)).toMatchObject({
          outcome: 'changed',
          settings: { topic: 'a', visibility: 'public', archived: false },
        });
        expect(await access().configure(channel, { archived: true, topic: 'a' }, ADA)).toMatchObject({
          outcome: 'changed',
          settings: { topic: 'a', archived: true },
        });
        expect((await access().configure(channel, { archived: true }, ADA)).outcome).toBe('unchanged');
        expect((await access().configure(channel, {}, ADA)).outcome).toBe('unchanged');
      });
      expect(changes).toEqual([{ channel }, { channel }]);
      expect(await stateOf(channel)).toMatchObject({ archived: true });
      await access().configure(channel, { archived: false, visibility: 'private' }, ADA);
      expect(await stateOf(channel)).toMatchObject({ archived: false, visibility: 'private' });
    });

    it('keep who made them over a change', async () => {
      const channel = await create('public');
      const made = await access().settings(channel);
      await access().configure(channel, { topic: 'b' }, BOB);
      expect(await access().settings(channel)).toEqual({ ...made, topic: 'b' });
    });

    it('tell the roles of all members where they are private, of owners alone where they are public', async () => {
      const [secret, open] = [await create('private'), await create('public')];
      for (const channel of [secret, open]) {
        await access().setMember(channel, { person: BOB, role: 'member' }, ADA);
      }
      const states = await access().states([secret, open, newChannel(), open]);
      expect([...states.keys()].sort()).toEqual([secret, open].sort());
      expect(states.get(secret)?.roles.size).toBe(2);
      expect([...(states.get(open)?.roles ?? [])]).toEqual([['ada', 'owner']]);
      expect(await access().states([])).toEqual(new Map());
    });
  });

  describe('members', () => {
    it('are added, given another role, listed by id in pages, and removed', async () => {
      const channel = await create();
      const changes = await told(async () => {
        const add = (role: 'member' | 'owner') => access().setMember(channel, { person: BOB, role }, ADA);
        expect(await add('member')).toMatchObject({ outcome: 'added', member: { person: BOB } });
        expect((await add('member')).outcome).toBe('unchanged');
        expect((await add('owner')).outcome).toBe('changed');
      });
      expect(changes).toEqual([
        { channel, person: 'bob' },
        { channel, person: 'bob' },
      ]);
      const [first] = await access().members(channel, '', 1);
      expect(first).toMatchObject({ person: ADA, role: 'owner' });
      expect(await access().members(channel, 'ada', 10)).toMatchObject([{ person: BOB, role: 'owner' }]);
      expect(await access().members(newChannel(), '', 10)).toEqual([]);
      const left = await told(async () => {
        expect(await access().removeMember(channel, 'bob', ADA)).toBe(true);
        expect(await access().removeMember(channel, 'bob', ADA)).toBe(false);
      });
      expect(left).toEqual([{ channel, person: 'bob' }]);
      const nowhere = await access().setMember(newChannel(), { person: BOB, role: 'member' }, ADA);
      expect(nowhere).toEqual({ outcome: 'missing' });
    });

    it('are bounded in number, and one that is there is changed still', async () => {
      const channel = newChannel();
      const members = range(1, MAX_MEMBERS - 1).map((n) => ({
        person: { id: `many-${n}`, name: 'x' },
        role: 'member' as const,
      }));
      await access().create({ channel, visibility: 'private', topic: '', members }, ADA);
      expect(await access().setMember(channel, { person: BOB, role: 'member' }, ADA)).toEqual({
        outcome: 'full',
      });
      const known = { person: { id: 'many-1', name: 'One' }, role: 'owner' as const };
      expect((await access().setMember(channel, known, ADA)).outcome).toBe('changed');
      expect((await stateOf(channel))?.roles.size).toBe(MAX_MEMBERS);
    });
  });

  describe('mutes and bans', () => {
    it('hold for a time, on a channel or everywhere, and are made anew', async () => {
      const [person, channel] = [newPerson(), newChannel()];
      const changes = await told(async () => {
        const set = await ban({ person, channel, reason: '\ufeffspam' });
        expect(set).toMatchObject({
          outcome: 'set',
          sanction: { kind: 'ban', person, channel, reason: '\ufeffspam', by: ADA, rank: 1 },
        });
        await ban({ person, kind: 'mute' });
        await ban({ person, channel, ms: 2 * HOUR_MS });
      });
      expect(changes).toEqual([{ channel, person }, { person }, { channel, person }]);
      const { sanctions } = await access().activeSanctions([person]);
      expect(sanctions.length).toBe(2);
      const [everywhere, here] = [
        sanctions.find((sanction) => sanction.channel === undefined),
        sanctions.find((sanction) => sanction.channel === channel),
      ];
      expect(everywhere).toMatchObject({ kind: 'mute', reason: 'spam' });
      expect(here?.remainingMs).toBeGreaterThan(HOUR_MS);
      expect(here?.remainingMs).toBeLessThanOrEqual(2 * HOUR_MS);
      expect(new Date(here?.until ?? 0).getTime()).toBeGreaterThan(Date.now() + HOUR_MS);
      expect((await access().sanctions('ban', channel, '', 10)).map((one) => one.person)).toEqual([person]);
      expect(await access().sanctions('mute', channel, '', 10)).toEqual([]);
      expect(await access().sanctions('ban', channel, person, 10)).toEqual([]);
      await hands().pass(3 * HOUR_MS);
      expect((await access().activeSanctions([person])).sanctions).toEqual([]);
      expect(await access().lift({ kind: 'ban', person, channel, by: ADA, rank: 1 })).toBe('missing');
    });

    it('are lifted, but not by one with fewer rights, nor made milder', async () => {
      const [person, channel] = [newPerson(), newChannel()];
      const key = { kind: 'ban', person, channel } as const;
      expect(await access().lift({ ...key, by: ADA, rank: 3 })).toBe('missing');
      await ban({ ...key, rank: 2 });
      const changes = await told(async () => {
        expect(await access().lift({ ...key, by: BOB, rank: 1 })).toBe('outranked');
        expect(await ban({ ...key, by: BOB, rank: 1 })).toEqual({ outcome: 'outranked' });
        expect(await access().lift({ ...key, by: BOB, rank: 2 })).toBe('lifted');
      });
      expect(changes).toEqual([{ channel, person }]);
      expect((await access().activeSanctions([person])).sanctions).toEqual([]);
    });

    it('are bounded in number on one channel, which leaves room on others and everywhere', async () => {
      const [channel, person] = [newChannel(), newPerson()];
      await ban({ channel, person });
      await hands().addBans(MAX_SANCTIONS_PER_CHANNEL - 1, HOUR_MS, channel);
      expect(await ban({ channel })).toEqual({ outcome: 'full' });
      expect((await ban({ channel, person })).outcome).toBe('set');
      expect((await ban({ channel: newChannel() })).outcome).toBe('set');
      expect((await ban()).outcome).toBe('set');
      await hands().pass(2 * HOUR_MS);
      expect((await ban({ channel })).outcome).toBe('set');
    });

    it('are bounded in number, and one that is there is made anew still', async () => {
      const person = newPerson();
      await ban({ person });
      const hold = async (everywhere: boolean) => {
        const { sanctions } = await access().activeSanctions();
        return sanctions.filter(({ channel }) => (channel === undefined) === everywhere).length;
      };
      const fill = async (channel?: string) => {
        const room = MAX_SANCTIONS - (await hold(channel === undefined));
        await hands().addBans(room, HOUR_MS, channel);
      };
      await fill();
      expect(await ban()).toEqual({ outcome: 'full' });
      expect((await ban({ person })).outcome).toBe('set');
      expect((await ban({ channel: newChannel() })).outcome).toBe('set');
      expect(await hold(true)).toBe(MAX_SANCTIONS);
      await hands().pass(2 * HOUR_MS);
      expect((await ban()).outcome).toBe('set');
      await fill(newChannel());
      expect(await ban({ channel: newChannel() })).toEqual({ outcome: 'full' });
      expect((await ban()).outcome).toBe('set');
      await hands().pass(2 * HOUR_MS);
      // Takes those that ended away.
      expect((await ban()).outcome).toBe('set');
    });
  });

  describe('revocations', () => {
    it('are of one session, or of all until now, and end by themselves', async () => {
      const person = newPerson();
      const before = Date.now();
      const changes = await told(async () => {
        await access().revoke({ person, session: 's1', ms: HOUR_MS });
        const all = await access().revoke({ person, ms: 2 * HOUR_MS }, ADA);
        expect(all.outcome === 'revoked' && all.beforeMs).toBeGreaterThanOrEqual(before - 1);
      });
      expect(changes).toEqual([{ person }, { person }]);
      const { revocations } = await access().activeSanctions([person]);
      expect(revocations.map(({ session }) => session).sort()).toEqual(['s1', undefined]);
      await hands().pass(HOUR_MS + 1);
      expect((await access().activeSanctions([person])).revocations).toMatchObject([{ person }]);
      expect((await access().activeSanctions()).revocations).toContainEqual(
        expect.objectContaining({ person, remainingMs: expect.any(Number) }),
      );
      await hands().pass(2 * HOUR_MS);
      expect((await access().activeSanctions([person])).revocations).toEqual([]);
    });

    it('of all until now can be taken back, which leaves those of one session', async () => {
      const [person, other] = [newPerson(), newPerson()];
      await access().revoke({ person, session: 's1', ms: HOUR_MS });
      await access().revoke({ person: other, ms: HOUR_MS });
      const changes = await told(async () => {
        expect(await access().unrevoke(person, BOB)).toBe(false);
        await access().revoke({ person, ms: HOUR_MS }, ADA);
        expect(await access().unrevoke(person, BOB)).toBe(true);
        expect(await access().unrevoke(person, BOB)).toBe(false);
      });
      expect(changes).toEqual([{ person }, { person }]);
      const { revocations } = await access().activeSanctions([person, other]);
      expect(revocations.map((one) => [one.person, one.session]).sort()).toEqual(
        [
          [person, 's1'],
          [other, undefined],
        ].sort(),
      );
      const lines = await access().audit(undefined, undefined, 2);
      expect(lines.map(({ act, person, by }) => [act, person, by])).toEqual([
        ['unrevoke', person, BOB],
        ['revoke', person, ADA],
      ]);
      await access().revoke({ person, ms: HOUR_MS });
      await hands().pass(HOUR_MS + 1);
      expect(await access().unrevoke(person, BOB)).toBe(false);
    });
  });

  describe('what is told of changes', () => {
    it('is nothing for who is at the version, and not known for who is too far behind or ahead', async () => {
      await ban();
      const now = await version();
      expect(await access().changes(now)).toEqual({ version: now, changes: [] });
      expect(await access().changes(now + 5)).toEqual({ version: now, changes: undefined });
      await hands().forgetAccessChanges(now);
      expect(await access().changes(now - 1)).toMatchObject({ version: now, changes: [{}] });
      expect(await access().changes(now - 2)).toEqual({ version: now, changes: undefined });
    });

    it('comes in parts where there is much', async () => {
      const before = await version();
      const count = MAX_CHANGES_TOLD + 10;
      await hands().addAccessChanges(count);
      // A store that nobody else writes to need not look before it has done something itself.
      await ban();
      const first = await access().changes(before);
      expect([first.version, first.changes?.length]).toEqual([before + MAX_CHANGES_TOLD, MAX_CHANGES_TOLD]);
      expect(await access().changes(first.version)).toMatchObject({ version: before + count + 1 });
    });

    it('is not known in another order than it was committed', async () => {
      const before = await version();
      const channels = range(1, 20).map(() => newChannel());
      await Promise.all(channels.map((channel) => ban({ channel })));
      const { version: after, changes } = await access().changes(before);
      expect(after).toBe(before + 20);
      expect(changes?.map(({ channel }) => channel).sort()).toEqual(channels.sort());
    });
  });

  describe('the audit', () => {
    it('has a line for each act and none for what changed nothing, newest first, in pages', async () => {
      const channel = await create('private');
      const person = newPerson();
      await access().configure(channel, { topic: 'a' }, BOB);
      await access().configure(channel, { topic: 'a' }, BOB);
      await access().setMember(channel, { person: { id: person, name: 'P' }, role: 'member' }, ADA);
      await access().removeMember(channel, person, ADA);
      await ban({ channel, person, kind: 'mute' });
      await access().lift({ kind: 'mute', channel, person, by: BOB, rank: 1 });
      const [posted] = await store().history.append([draft(channel, 'x')]);
      const target = posted?.outcome === 'created' ? posted.message.seq : 0;
      const erase = { type: 'delete', channel, target, author: BOB } as const;
      for (const _ of [1, 2]) await store().history.change(erase, { id: person, name: 'P' });
      const lines = await access().audit(channel, undefined, 50);
      expect(lines.map(({ act, by, person: about }) => [act, by.id, about])).toEqual([
        ['delete_message', 'bob', person],
        ['unmute', 'bob', person],
        ['mute', 'ada', person],
        ['leave', 'ada', person],
        ['member', 'ada', person],
        ['settings', 'bob', undefined],
        ['create', 'ada', undefined],
      ]);
      expect(lines[0]).toMatchObject({ channel, by: BOB, details: { seq: target } });
      expect(lines[2]?.details).toEqual({ seconds: 3_600, reason: 'spam' });
      const page = await access().audit(channel, lines[2]?.id, 2);
      expect(page.map(({ act }) => act)).toEqual(['leave', 'member']);
    });

    it('of all channels has those too that are of none', async () => {
      const person = newPerson();
      await access().revoke({ person, ms: HOUR_MS }, ADA);
      await ban({ person });
      const lines = await access().audit(undefined, undefined, 2);
      expect(lines.map(({ act, channel }) => [act, channel])).toEqual([
        ['ban', undefined],
        ['revoke', undefined],
      ]);
      await access().revoke({ person, session: 'x', ms: HOUR_MS });
      expect((await access().audit(undefined, undefined, 1))[0]?.act).toBe('ban');
    });

    it('forgets lines of more than a year ago', async () => {
      const channel = await create('public');
      await hands().pass(401 * 24 * HOUR_MS);
      await access().configure(channel, { topic: 'a' }, BOB);
      expect((await access().audit(channel, undefined, 10)).map(({ act }) => act)).toEqual(['settings']);
    });
  });
}
