import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import { ADMIN_TOKEN } from '../../../tests/servers/standalones.ts';
import {
  type AuditPage,
  Carillon,
  type CarillonError,
  type ChannelEvent,
  type ChannelList,
  type DeniedEvent,
  type MemberList,
  pages,
  type RevisionList,
  type SearchResults,
} from '../src/index.ts';
import { sign } from './sign.ts';

/** Real servers on a machine that does other work. */
const SLOW_MS = 240_000;
let server: { url: string };
const open: { close(): void }[] = [];

beforeAll(async () => {
  server = await lentStandalone('guarded');
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

describe('against a real server', { timeout: SLOW_MS }, () => {
  it('one token that expires ends the stream, with the reason', async () => {
    const reader = new Carillon({ url: server.url, token: await sign('mayfly', 3) });
    const denied: DeniedEvent[] = [];
    open.push(reader.subscribe(['lobby'], { onDenied: (event) => denied.push(event) }));
    await eventually('the end', () => denied.length > 0, SLOW_MS);
    expect(denied.map(({ reason }) => reason)).toEqual(['expired']);
  });

  it('who may not read a channel is told so', async () => {
    const stranger = new Carillon({ url: server.url });
    await expect(stranger.events(['lobby']).next()).rejects.toMatchObject({ code: 'unauthenticated' });
    const bad = new Carillon({ url: server.url, token: 'nonsense' });
    await expect(bad.events(['lobby']).next()).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('edits, reactions and deletions come in their place, and a ban ends the loop', async () => {
    const ada = new Carillon({ url: server.url, token: await sign('ada', 600) });
    const admin = new Carillon({ url: server.url, token: ADMIN_TOKEN });
    const news = ada.channel('news');
    const { seq } = await news.post('helo');
    expect(await news.edit(seq, 'hello')).toMatchObject({ seq, body: 'hello' });
    expect((await news.react(seq, '👍')).reactions).toMatchObject([{ emoji: '👍', count: 1, mine: true }]);
    await news.unreact(seq, '👍');
    const got: ChannelEvent[] = [];
    const loop = (async () => {
      for await (const event of news.events({ since: 'earliest' })) got.push(event);
    })();
    const ended = expect(loop).rejects.toMatchObject({ code: 'banned' });
    await eventually('what was', () => got.length === 4, SLOW_MS);
    expect(await news.delete(seq)).toMatchObject({ seq, body: '' });
    await eventually('the deletion', () => got.length === 5, SLOW_MS);
    const types = got.map((event) => ('type' in event ? event.type : event.body));
    expect(types).toEqual(['hello', 'edit', 'reaction', 'reaction', 'delete']);
    expect((await ada.log('news')).events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5]);
    await admin.ban('news', 'ada', { seconds: 60, reason: 'a test' });
    await ended;
  });

  it('lists go on where the page before ended: channels, members, earlier texts, results, the audit', async () => {
    const carillon = new Carillon({ url: server.url, token: ADMIN_TOKEN });
    const owner = new Carillon({ url: server.url, token: await sign('owner', 600) });
    const members = ['ada', 'bo', 'cy', 'd/?&#=e'].map((id) => ({ id }));
    await owner.createChannel('paged', { visibility: 'private', members });
    const { seq } = await owner.post('paged', 'text 0, a zebra');
    for (const n of [1, 2, 3]) await owner.edit('paged', seq, `text ${n}, a zebra`);
    for (const n of [1, 2]) await owner.post('paged', `another zebra ${n}`);
    const limit = 2;
    const found = {
      channels: [] as string[],
      members: [] as string[],
      texts: [] as string[],
      hits: 0,
      acts: 0,
    };

    for await (const { channels } of pages<ChannelList>((after) => owner.channels({ after, limit: 1 }))) {
      expect(channels.length).toBeLessThanOrEqual(1);
      found.channels.push(...channels.map(({ channel }) => channel));
    }
    for await (const page of pages<MemberList>((after) => owner.members('paged', { after, limit })))
      found.members.push(...page.members.map(({ id }) => id));
    for await (const page of pages<RevisionList>((after) => owner.revisions('paged', seq, { after, limit })))
      found.texts.push(...page.revisions.map(({ body }) => body));
    await eventually(
      'the index',
      async () => (await owner.search('zebra', { channels: ['paged'] })).results.length === 3,
      SLOW_MS,
    );
    for await (const page of pages<SearchResults>((cursor) => owner.search('zebra', { cursor, limit })))
      found.hits += page.results.length;
    const ids: number[] = [];
    for await (const page of pages<AuditPage>((before) => carillon.audit({ before, limit: 1 })))
      ids.push(...page.lines.map(({ id }) => id));

    // Others make channels meanwhile.
    expect(found.channels).toContain('paged');
    expect(found.channels).toEqual([...new Set(found.channels)].sort());
    expect(found.members).toEqual(['ada', 'bo', 'cy', 'd/?&#=e', 'owner']);
    expect(found.texts).toEqual([0, 1, 2, 3].map((n) => `text ${n}, a zebra`));
    expect(found.hits).toBe(3);
    expect(ids).toEqual([...ids].sort((a, b) => b - a));
    expect((await carillon.audit({ channel: 'paged' })).lines.at(-1)).toMatchObject({
      by: { id: 'owner' },
      channel: 'paged',
    });
  });

  it('a revocation ends the tokens that somebody has', async () => {
    const carillon = new Carillon({ url: server.url, token: ADMIN_TOKEN });
    const gone = new Carillon({ url: server.url, token: await sign('gone', 600) });
    await gone.post('revoked', 'still here');
    expect(await carillon.revoke('gone')).toMatchObject({ person: 'gone' });
    await eventually(
      'the end of the token',
      () =>
        gone.post('revoked', 'not any more').then(
          () => false,
          ({ code }: CarillonError) => code === 'unauthenticated',
        ),
      SLOW_MS,
    );
  });
});
