import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity, IdentityKind } from '@carillon/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { type History, openHistory } from '../../history/src/index.ts';
import { type Access, type AccessChange, type AccessStore, type Action, openAccess } from '../src/index.ts';

const HOUR_MS = 3_600_000;
const ADMIN = { id: 'admin', name: 'Admin' };

const directory = mkdtempSync(join(tmpdir(), 'carillon-access-'));
let history: History;
let store: Interruptible;
const opened: Access[] = [];
const logged: string[] = [];
const log = {
  warn: (_fields: object, message: string) => void logged.push(message),
  info: (message: string) => void logged.push(message),
};

beforeAll(async () => {
  history = await openHistory(`sqlite:${directory}`);
  store = new Interruptible(history.access);
});
afterEach(async () => {
  store.away = false;
  for (const access of opened.splice(0)) await access.close();
});
afterAll(async () => {
  await history.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The real store, whose answers can be kept back or cut off. */
class Interruptible implements AccessStore {
  away = false;
  asked = 0;
  /** Held before it answers about channels. */
  gate: Promise<void> | undefined;
  readonly #store: AccessStore;

  constructor(of: AccessStore) {
    this.#store = of;
  }

  async changes(version: number) {
    this.#answer();
    return this.#store.changes(version);
  }

  async states(channels: readonly string[]) {
    this.#answer();
    this.asked += 1;
    const states = await this.#store.states(channels);
    await this.gate;
    return states;
  }

  async activeSanctions(people?: readonly string[]) {
    this.#answer();
    return this.#store.activeSanctions(people);
  }

  #answer(): void {
    if (this.away) throw new Error('the store is away');
  }
}

const open = (createChannels: 'post' | 'call' | 'moderator' = 'post') => {
  const access = openAccess(store, { log, createChannels });
  opened.push(access);
  return access;
};

let names = 0;
const fresh = (prefix: string) => {
  names += 1;
  return `${prefix}-${names}`;
};

const identity = (
  more: Partial<Identity['grants']> & { id?: string; kind?: IdentityKind } = {},
): Identity => {
  const { id = fresh('person'), kind = 'person', ...grants } = more;
  return {
    kind,
    author: { id, name: id },
    grants: { subscribe: ['*'], publish: ['*'], moderate: [], ...grants },
    session: `session of ${id}`,
    issuedAt: Date.now() - HOUR_MS,
  };
};

const create = async (visibility: 'public' | 'private', owner = ADMIN, members: string[] = []) => {
  const channel = fresh('channel');
  const roles = members.map((id) => ({ person: { id, name: id }, role: 'member' as const }));
  await history.access.create({ channel, visibility, topic: '', members: roles }, owner);
  return channel;
};

/** `ok`, or the code of the problem. */
async function outcome(work: () => undefined | Promise<undefined>): Promise<string> {
  try {
    await work();
    return 'ok';
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

const asks = (access: Access, who: Identity, channel: string) => (action: Action) =>
  outcome(() => access.require(who, action, channel));

/** What comes of subscribing, publishing, moderating. */
const all = async (access: Access, who: Identity, channel: string) => {
  const ask = asks(access, who, channel);
  return [await ask('subscribe'), await ask('publish'), await ask('moderate')];
};

const ban = (person: string, more: object = {}) =>
  history.access.sanction({ kind: 'ban', person, reason: 'spam', by: ADMIN, rank: 4, ms: HOUR_MS, ...more });

describe('access', () => {
  it('lets the claims decide on a channel that nobody has set up', async () => {
    const access = open();
    const channel = fresh('team');
    expect(await all(access, identity(), channel)).toEqual(['ok', 'ok', 'forbidden']);
    const reader = identity({ subscribe: ['team-*'], publish: [] });
    expect(await all(access, reader, channel)).toEqual(['ok', 'forbidden', 'forbidden']);
    expect(await all(access, identity({ moderate: ['team-*'] }), channel)).toEqual(['ok', 'ok', 'ok']);
    const anonymous = identity({ kind: 'anonymous', publish: [] });
    expect(await all(access, anonymous, channel)).toEqual(['ok', 'unauthenticated', 'unauthenticated']);
  });

  it('says nothing of a private channel to who is neither a member nor moderates it', async () => {
    const access = open();
    const channel = await create('private', { id: 'olga', name: 'Olga' }, ['mia']);
    const none = ['not_found', 'not_found', 'not_found'];
    expect(await all(access, identity(), channel)).toEqual(none);
    expect(await all(access, identity({ kind: 'anonymous' }), channel)).toEqual([
      'not_found',
      'not_found',
      'unauthenticated',
    ]);
    expect(await all(access, identity({ id: 'mia' }), channel)).toEqual(['ok', 'ok', 'forbidden']);
    expect(await all(access, identity({ id: 'olga' }), channel)).toEqual(['ok', 'ok', 'ok']);
    expect(await all(access, identity({ moderate: [channel] }), channel)).toEqual(['ok', 'ok', 'ok']);
    expect(await all(access, identity({ kind: 'service', moderate: ['*'] }), channel)).toEqual([
      'ok',
      'ok',
      'ok',
    ]);
    // A member whose token does not have the channel may not, either.
    expect(await all(access, identity({ id: 'mia', subscribe: [], publish: [] }), channel)).toEqual([
      'forbidden',
      'forbidden',
      'forbidden',
    ]);
    const banned = identity();
    await ban(banned.author.id, { channel });
    await access.refresh();
    expect(await all(access, banned, channel)).toEqual(none);
  });

  it('shows an archived channel and takes nothing new', async () => {
    const access = open();
    const channel = await create('public');
    await history.access.configure(channel, { archived: true }, ADMIN);
    await access.refresh();
    expect(await all(access, identity({ moderate: ['*'] }), channel)).toEqual(['ok', 'archived', 'ok']);
  });

  it('lets a muted person read, and a banned one nothing, on a channel or everywhere, and says until when', async () => {
    const access = open();
    const [here, there] = [fresh('here'), fresh('there')];
    const [muted, mutedAll, banned, bannedAll] = [identity(), identity(), identity(), identity()];
    await ban(muted.author.id, { kind: 'mute', channel: here });
    await ban(mutedAll.author.id, { kind: 'mute' });
    await ban(banned.author.id, { channel: here });
    await ban(bannedAll.author.id);
    await access.refresh();
    expect(await all(access, muted, here)).toEqual(['ok', 'muted', 'forbidden']);
    expect(await all(access, muted, there)).toEqual(['ok', 'ok', 'forbidden']);
    expect(await all(access, mutedAll, there)).toEqual(['ok', 'muted', 'forbidden']);
    expect(await all(access, banned, here)).toEqual(['banned', 'banned', 'banned']);
    expect(await all(access, banned, there)).toEqual(['ok', 'ok', 'forbidden']);
    expect(await all(access, bannedAll, there)).toEqual(['banned', 'banned', 'banned']);
    expect(await outcome(() => access.admit(bannedAll))).toBe('banned');
    expect(await outcome(() => access.admit(banned))).toBe('ok');
    const refused = await Promise.resolve()
      .then(() => access.require(banned, 'subscribe', here))
      .catch((error) => error);
    expect(refused.document()).toMatchObject({ code: 'banned', until: expect.stringMatching(/Z$/) });
    expect(refused.message).toContain(': spam');
    expect(refused.retryAfter).toBeGreaterThan(3_000);
  });

  it('holds a mute or ban only while it lasts, by the clock of this process', async () => {
    const access = open();
    const [who, channel] = [identity(), fresh('channel')];
    await ban(who.author.id, { channel, ms: HOUR_MS });
    await access.refresh();
    expect(await asks(access, who, channel)('subscribe')).toBe('banned');
    store.away = true;
    const learned = performance.now();
    const clock = vi.spyOn(performance, 'now');
    try {
      clock.mockReturnValue(learned + HOUR_MS / 2);
      expect(await asks(access, who, channel)('subscribe')).toBe('banned');
      clock.mockReturnValue(learned + HOUR_MS);
      expect(await asks(access, who, channel)('subscribe')).toBe('ok');
    } finally {
      clock.mockRestore();
    }
  });

  it('does not let a ban touch who has more rights than its maker, nor a part of Carillon', async () => {
    const access = open();
    const channel = await create('public', { id: 'olga-2', name: 'Olga' });
    const ranks: [number, Identity, string][] = [
      [1, identity({ id: 'olga-2' }), 'banned'],
      [1, identity({ moderate: ['channel-*'] }), 'ok'],
      [2, identity({ moderate: ['channel-*'] }), 'banned'],
      [2, identity({ moderate: ['*'] }), 'ok'],
      [3, identity({ moderate: ['*'] }), 'banned'],
      [4, identity({ kind: 'service', moderate: ['*'] }), 'ok'],
      [4, identity({ kind: 'service' }), 'ok'],
    ];
    for (const [rank, who, expected] of ranks) {
      await ban(who.author.id, { channel, rank });
      await access.refresh();
      expect(await asks(access, who, channel)('subscribe'), `${rank} ${who.author.id}`).toBe(expected);
    }
  });

  it('lets nobody pass whose session was ended, and who came anew after all of theirs were', async () => {
    const access = open();
    const [one, other] = [identity(), identity()];
    const channel = fresh('channel');
    await history.access.revoke({ person: one.author.id, session: `${one.session}`, ms: HOUR_MS });
    const all = await history.access.revoke({ person: other.author.id, ms: HOUR_MS }, ADMIN);
    await access.refresh();
    const ask = (who: Identity) => asks(access, who, channel)('subscribe');
    expect([await ask(one), await ask(other)]).toEqual(['unauthenticated', 'unauthenticated']);
    expect(await outcome(() => access.admit(one))).toBe('unauthenticated');
    expect(await ask({ ...one, session: 'another' })).toBe('ok');
    const beforeMs = all.outcome === 'revoked' ? all.beforeMs : 0;
    expect(await ask({ ...other, issuedAt: beforeMs })).toBe('unauthenticated');
    expect(await ask({ ...other, issuedAt: beforeMs + 1 })).toBe('ok');
    // Nobody knows when it was issued.
    const { issuedAt, ...undated } = other;
    expect(await ask(undated)).toBe('unauthenticated');
  });

  it('gives no promise and asks nobody once it knows a channel', async () => {
    const access = open();
    const [who, channel] = [identity(), fresh('channel')];
    await access.require(who, 'publish', channel);
    const { asked } = store;
    expect(access.require(who, 'publish', channel)).toBeUndefined();
    expect(access.require(identity(), 'subscribe', channel)).toBeUndefined();
    expect(access.require(who, 'publish', 'No Such Name!')).toBeUndefined();
    expect(store.asked).toBe(asked);
  });

  it('asks the store once for all channels of one turn', async () => {
    const access = open();
    const who = identity();
    await access.require(who, 'publish', fresh('channel'));
    const { asked } = store;
    const channels = Array.from({ length: 50 }, () => fresh('channel'));
    await Promise.all(channels.map((channel) => access.require(who, 'subscribe', channel)));
    expect(store.asked).toBe(asked + 1);
  });

  it('learns within a second of what another node changed, and tells of it', async () => {
    const [access, told] = [open(), [] as AccessChange[]];
    const end = access.onChange((changes) => void told.push(...changes));
    const [who, channel] = [identity(), await create('public')];
    await eventually('what was before', () => told.some((change) => change.channel === channel));
    expect(await asks(access, who, channel)('subscribe')).toBe('ok');
    told.length = 0;
    await ban(who.author.id, { channel });
    await history.access.configure(channel, { archived: true }, ADMIN);
    await eventually('both changes', () => told.length === 2);
    expect(told).toEqual([{ channel, person: who.author.id }, { channel }]);
    expect(await asks(access, who, channel)('subscribe')).toBe('banned');
    expect(await asks(access, identity(), channel)('publish')).toBe('archived');
    await history.access.lift({ kind: 'ban', person: who.author.id, channel, by: ADMIN, rank: 4 });
    await eventually('the ban gone', async () => (await asks(access, who, channel)('subscribe')) === 'ok');
    end();
    told.length = 0;
    await history.access.configure(channel, { archived: false }, ADMIN);
    await access.refresh();
    expect(told).toEqual([]);
  });

  it('does not keep a state that changed while it was read', async () => {
    const access = open();
    const [who, channel] = [identity(), await create('public')];
    await access.refresh();
    let go = () => {};
    store.gate = new Promise((resolve) => {
      go = resolve;
    });
    const { asked } = store;
    const answer = asks(access, who, channel)('subscribe');
    await eventually('a read under way', () => store.asked > asked);
    await history.access.configure(channel, { visibility: 'private' }, ADMIN);
    const learned = access.refresh();
    await Promise.race([learned, new Promise((resolve) => setTimeout(resolve, 200))]);
    store.gate = undefined;
    go();
    await learned;
    expect(await answer).toBe('not_found');
    expect(await asks(access, who, channel)('subscribe')).toBe('not_found');
  });

  it('is not current while it does not learn what has changed, and says why', async () => {
    const access = open();
    const current = () => {
      try {
        access.requireCurrent();
        return 'ok';
      } catch (error) {
        return String(error);
      }
    };
    await access.refresh();
    expect(current()).toBe('ok');
    store.away = true;
    await expect.poll(current).toBe('Error: the store is away');
    store.away = false;
    await expect.poll(current).toBe('ok');
  });

  it('goes by what it knew last while the store is away, says so, and learns on its return', async () => {
    const access = open();
    const [who, banned, channel] = [identity(), identity(), await create('public')];
    await ban(banned.author.id);
    await access.refresh();
    await access.require(who, 'publish', channel);
    logged.length = 0;
    store.away = true;
    await eventually('a word of it', () =>
      logged.some((line) => line.includes('the last known rules apply')),
    );
    expect(access.require(who, 'publish', channel)).toBeUndefined();
    expect(await asks(access, banned, channel)('subscribe')).toBe('banned');
    const unknown = Promise.resolve(access.require(who, 'publish', fresh('channel')));
    await expect(unknown).rejects.toThrow('the store is away');
    await ban(who.author.id, { channel });
    store.away = false;
    await eventually('the ban', async () => (await asks(access, who, channel)('publish')) === 'banned');
    await eventually('a word of that', () => logged.includes('access rules are up to date again'));
  });

  it('lets nobody pass before it has read who is banned', async () => {
    const [who, channel] = [identity(), fresh('channel')];
    await ban(who.author.id);
    store.away = true;
    const access = open();
    await expect(Promise.resolve(access.require(who, 'subscribe', channel))).rejects.toThrow('away');
    store.away = false;
    expect(await asks(access, who, channel)('subscribe')).toBe('banned');
    expect(await outcome(() => access.admit(who))).toBe('banned');
  });

  it('reads all anew where it missed what changed', async () => {
    const told: AccessChange[] = [];
    const access = open();
    const [who, channel] = [identity(), await create('public')];
    await access.refresh();
    await access.require(who, 'subscribe', channel);
    access.onChange((changes) => void told.push(...changes));
    store.away = true;
    await history.access.configure(channel, { visibility: 'private' }, ADMIN);
    await ban(who.author.id);
    const known = store.changes.bind(store);
    store.changes = async (version) => ({ ...(await known(version)), changes: undefined });
    store.away = false;
    await eventually('all to be new', () => told.some((change) => Object.keys(change).length === 0));
    store.changes = known;
    expect(await asks(access, identity(), channel)('subscribe')).toBe('not_found');
    expect(await asks(access, who, channel)('subscribe')).toBe('banned');
  });

  it('gives of many channels those that one may read', async () => {
    const access = open();
    const [secret, open1] = [await create('private', ADMIN, ['vera']), await create('public')];
    const missing = fresh('missing');
    const channels = [secret, open1, missing];
    expect(await access.visible(identity({ id: 'vera' }), channels)).toEqual(channels);
    expect(await access.visible(identity(), channels)).toEqual([open1, missing]);
    expect(access.visible(identity({ subscribe: [open1] }), channels)).toEqual([open1]);
    const banned = identity();
    await ban(banned.author.id);
    await access.refresh();
    expect(access.visible(banned, channels)).toEqual([]);
  });

  it('lets a channel come to be as the policy says', async () => {
    const [byPost, byCall, byModerator] = [open('post'), open('call'), open('moderator')];
    const [who, moderator] = [identity(), identity({ moderate: ['*'] })];
    const anonymous = identity({ kind: 'anonymous' });
    const bot = identity({ kind: 'service' });
    const channel = fresh('channel');
    const makes = (access: Access, by: Identity) => outcome(() => access.requireCreation(by, channel));
    for (const access of [byPost, byCall, byModerator]) await access.refresh();
    expect(await all(byPost, who, channel)).toEqual(['ok', 'ok', 'forbidden']);
    for (const access of [byCall, byModerator]) {
      expect(await all(access, who, channel)).toEqual(['not_found', 'not_found', 'not_found']);
      expect(await asks(access, bot, channel)('publish')).toBe('ok');
    }
    expect([await makes(byPost, who), await makes(byCall, who)]).toEqual(['ok', 'ok']);
    expect([await makes(byModerator, who), await makes(byModerator, moderator)]).toEqual(['forbidden', 'ok']);
    expect(await makes(byPost, anonymous)).toBe('unauthenticated');
    expect(await makes(byPost, identity({ publish: ['other'] }))).toBe('forbidden');
    // The bot's first post says nothing to anybody, and others are let in within a second or so.
    await history.append([{ channel, author: ADMIN, body: 'hello' }]);
    await eventually('others', async () => (await asks(byCall, who, channel)('publish')) === 'ok');
    expect(await asks(byCall, who, channel)('moderate')).toBe('forbidden');
  });

  it('tells how much somebody has to say', async () => {
    const access = open();
    const channel = await create('private', { id: 'olga-3', name: 'Olga' });
    await access.refresh();
    const ranks = [
      identity(),
      identity({ id: 'olga-3' }),
      identity({ moderate: [channel] }),
      identity({ moderate: ['*'] }),
      identity({ kind: 'service', moderate: ['*'] }),
      // Such as the bot: it may post, and no more.
      identity({ kind: 'service' }),
    ];
    expect(await Promise.all(ranks.map((who) => access.rank(who, channel)))).toEqual([0, 1, 2, 3, 4, 0]);
    expect(ranks.map((who) => access.rank(who, undefined))).toEqual([0, 0, 0, 3, 4, 0]);
  });
});
