import type { AccessChange } from '@carillon/access';
import { HistoryUnavailable } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { watchAccess } from '../src/access-watch.ts';
import { type Node, serve, until, Wire } from './support/serve.ts';

let node: Node;
const wires: Wire[] = [];

beforeEach(async () => {
  node = await serve();
});
afterEach(async () => {
  for (const wire of wires.splice(0)) wire.socket.destroy();
  await node.close();
});

/** A person with a session, and a function to read as them. */
const somebody = (name: string) => {
  const { identity, cookie } = node.sessions.issueGuest(name, false);
  const header = `Cookie: ${cookie.split(';')[0]}`;
  return {
    id: identity.author.id,
    async read(path: string): Promise<Wire> {
      const wire = new Wire(node.listener.port);
      wires.push(wire);
      await wire.get(path, header).has(/\r\n\r\n/);
      return wire;
    },
  };
};
const ended = (wire: Wire) =>
  until(
    () => wire.ended,
    () => wire.text.slice(-500),
  );
const deniedOf = (wire: Wire) => JSON.parse(/event: denied\ndata: (.*)\n/.exec(wire.text)?.[1] ?? '{}');
const stays = async (wire: Wire, channel: string) => {
  await node.post(channel, 1, `still here ${channel}`);
  await wire.has(`still here ${channel}`);
};

describe('a stream', () => {
  it('ends with denied once its reader is banned, and those of others go on', async () => {
    const [ada, bob] = [somebody('Ada'), somebody('Bob')];
    const streams = [await ada.read('/c/lobby'), await ada.read('/v1/stream?channel=lobby&channel=other')];
    const [elsewhere, others] = [await ada.read('/c/other'), await bob.read('/c/lobby')];
    for (const wire of [...streams, elsewhere, others]) await wire.has('event: open');
    node.rules.ban(ada.id, 'lobby');
    for (const wire of streams) {
      await ended(wire);
      expect(deniedOf(wire)).toMatchObject({ reason: 'banned', channel: 'lobby' });
    }
    await stays(elsewhere, 'other');
    await stays(others, 'lobby');
    expect((await ada.read('/c/lobby')).text).toMatch(/^HTTP\/1.1 403 [\s\S]*"code":"banned"/);
    expect(node.broadcast.hub.streams).toBe(2);
  });

  it('ends with denied once its reader is banned everywhere, or its sessions are ended', async () => {
    const [ada, bob] = [somebody('Ada'), somebody('Bob')];
    const [banned, revoked] = [await ada.read('/c/lobby'), await bob.read('/c/lobby')];
    for (const wire of [banned, revoked]) await wire.has('event: open');
    node.rules.ban(ada.id);
    node.rules.revoke(bob.id);
    await ended(banned);
    await ended(revoked);
    expect(deniedOf(banned)).toMatchObject({ reason: 'banned' });
    expect(deniedOf(revoked)).toMatchObject({ reason: 'revoked' });
    expect((await bob.read('/c/lobby')).text).toMatch(/^HTTP\/1.1 401 [\s\S]*"code":"unauthenticated"/);
  });

  it('ends with denied once its channel is private, but for members', async () => {
    const [ada, bob] = [somebody('Ada'), somebody('Bob')];
    const [member, stranger] = [await ada.read('/c/plans'), await bob.read('/c/plans')];
    for (const wire of [member, stranger]) await wire.has('event: open');
    node.rules.set('plans', { visibility: 'private', roles: [[ada.id, 'member']] });
    await ended(stranger);
    expect(deniedOf(stranger)).toMatchObject({ reason: 'not_allowed', channel: 'plans' });
    await stays(member, 'plans');
    expect((await bob.read('/c/plans')).text).toMatch(/^HTTP\/1.1 404 [\s\S]*"code":"not_found"/);
    node.rules.set('plans', { visibility: 'private', roles: [] });
    await ended(member);
    expect(deniedOf(member)).toMatchObject({ reason: 'not_allowed' });
  });

  it('that waits for the store does not begin for a reader that may not read it', async () => {
    const [ada, bob] = [somebody('Ada'), somebody('Bob')];
    node.rules.set('plans', { visibility: 'private', roles: [[ada.id, 'member']] });
    node.history.away = true;
    node.rules.away = true;
    const [member, stranger] = [await ada.read('/c/plans?since=earliest'), await bob.read('/c/plans')];
    for (const wire of [member, stranger]) await wire.has('"history":"away"');
    await node.post('plans', 1, 'a secret');
    node.rules.away = false;
    node.history.away = false;
    await member.has('a secret');
    await ended(stranger);
    expect(deniedOf(stranger)).toMatchObject({ reason: 'not_allowed', channel: 'plans' });
    expect(stranger.text).not.toContain('a secret');
    expect(stranger.text).not.toContain('event: open');
  });

  it('goes on while the store is away, by what was known last', async () => {
    const ada = somebody('Ada');
    const wire = await ada.read('/c/lobby');
    await wire.has('event: open');
    node.rules.away = true;
    node.rules.ban(ada.id);
    await stays(wire, 'lobby');
    node.rules.away = false;
    await ended(wire);
  });

  it('about which the store could not tell, after a change, is checked again', async () => {
    const wire = await somebody('Ada').read('/c/lobby');
    await wire.has('event: open');
    let away = true;
    let asked = 0;
    let tell: (changes: readonly AccessChange[]) => void = () => {};
    const guard = watchAccess(node.broadcast.hub, {
      admit: () => undefined,
      require: () => {
        asked += 1;
        if (away) return Promise.reject(new HistoryUnavailable('away'));
        throw new Problem('not_found', 'There is no such channel.');
      },
      onChange: (listener) => {
        tell = listener;
        return () => {};
      },
    });
    tell([{ channel: 'lobby' }]);
    await stays(wire, 'lobby');
    guard.retry();
    await new Promise((next) => setImmediate(next));
    expect([asked, wire.ended]).toEqual([2, false]);
    away = false;
    guard.retry();
    await ended(wire);
    expect(deniedOf(wire)).toMatchObject({ reason: 'not_allowed', channel: 'lobby' });
    guard.retry();
    expect(asked).toBe(3);
  });
});
