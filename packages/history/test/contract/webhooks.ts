import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MAX_WEBHOOKS_PER_CHANNEL, type NewWebhook, TooManyWebhooks } from '../../src/index.ts';
import { newChannel, post, range, type Store } from './store.ts';

const LEASE_MS = 60_000;

export function webhooksContract(store: () => Store): void {
  const webhooks = () => store().history.webhooks;
  const fresh = (more: Partial<NewWebhook> = {}): NewWebhook => ({
    id: randomBytes(16).toString('hex'),
    channel: newChannel(),
    url: 'https://example.com/hook',
    secret: 'whsec_c2VjcmV0',
    from: 'latest',
    ...more,
  });
  const create = async (more: Partial<NewWebhook> = {}) => webhooks().create(fresh(more));
  const get = async ({ channel, id }: { channel: string; id: string }) => webhooks().get(channel, id);
  const claim = (id: string, holder = 'me') => webhooks().claim(id, holder, LEASE_MS);
  const isDue = async (id: string) => {
    const due: string[] = [];
    for (;;) {
      const page = await webhooks().due(due.at(-1) ?? '', 7);
      if (page.length === 0) return due.includes(id);
      due.push(...page);
    }
  };
  const pass = (ms: number) => store().hands.pass(ms);

  describe('webhooks', () => {
    it('begin behind the newest event, or before the oldest that is kept', async () => {
      const channel = newChannel();
      await post(store(), channel, 5);
      await store().history.retain({ maxCount: 3 });
      expect(await create({ channel })).toMatchObject({ cursor: 5, state: 'active', failures: 0 });
      expect(await create({ channel, from: 'earliest' })).toMatchObject({ cursor: 2 });
      expect(await create({ from: 'latest' })).toMatchObject({ cursor: 0 });
      expect(await create({ from: 'earliest' })).toMatchObject({ cursor: 0 });
    });

    it('are listed by channel, read by id, and gone once deleted; their secret is not shown', async () => {
      const first = await create();
      // Two of one millisecond stand in the order of their ids.
      await sleep(2);
      const second = await create({ channel: first.channel });
      expect(await webhooks().list(first.channel)).toEqual([first, second]);
      expect(await get(first)).toEqual(first);
      expect(Object.keys(first)).not.toContain('secret');
      expect(first.createdAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
      expect(await webhooks().get(newChannel(), first.id)).toBeUndefined();
      expect(await webhooks().delete(newChannel(), first.id)).toBe(false);
      expect(await webhooks().delete(first.channel, first.id)).toBe(true);
      expect(await webhooks().delete(first.channel, first.id)).toBe(false);
      expect(await webhooks().list(first.channel)).toEqual([second]);
    });

    it('are counted by their state', async () => {
      const before = await webhooks().counts();
      const hook = await create();
      await create();
      await claim(hook.id);
      await webhooks().pause(hook.id, 'me', { error: 'gone', reason: 'gone' });
      const { active, paused } = await webhooks().counts();
      expect([active - before.active, paused - before.paused]).toEqual([1, 1]);
    });

    it('are bounded in number for each channel', async () => {
      const channel = newChannel();
      for (const _ of range(1, MAX_WEBHOOKS_PER_CHANNEL)) await create({ channel });
      await expect(create({ channel })).rejects.toThrow(TooManyWebhooks);
      await create();
    });

    it('are due where their channel has more than they sent', async () => {
      const hook = await create();
      expect([await isDue(hook.id), await webhooks().dueOf([hook.channel])]).toEqual([false, []]);
      await post(store(), hook.channel, 2);
      expect(await isDue(hook.id)).toBe(true);
      expect(await webhooks().dueOf([newChannel(), hook.channel])).toEqual([hook.id]);
      await claim(hook.id);
      // Its holder may have read the log for the last time, so who hears of a message has it looked at again.
      expect([await isDue(hook.id), await webhooks().dueOf([hook.channel])]).toEqual([false, [hook.id]]);
      await webhooks().advance(hook.id, 'me', { from: 0, to: 2, leaseMs: LEASE_MS });
      await webhooks().release(hook.id, 'me');
      expect([await isDue(hook.id), await webhooks().dueOf([hook.channel])]).toEqual([false, []]);
    });

    it('are claimed by one holder, until it lets go or its time is over', async () => {
      const hook = await create();
      expect(await claim(hook.id, 'a')).toMatchObject({ ...hook, secret: 'whsec_c2VjcmV0', failingMs: 0 });
      expect(await claim(hook.id, 'b')).toBeUndefined();
      await webhooks().release(hook.id, 'b');
      expect(await claim(hook.id, 'b')).toBeUndefined();
      await webhooks().release(hook.id, 'a');
      expect(await claim(hook.id, 'b')).toMatchObject({ id: hook.id });
      await pass(LEASE_MS + 1_000);
      expect(await claim(hook.id, 'c')).toMatchObject({ id: hook.id });
      const racers = range(1, 10).map(async (racer) => {
        const other = `racer-${racer}`;
        return (await claim(hook.id, other)) && other;
      });
      expect((await Promise.all(racers)).filter(Boolean)).toEqual([]);
      await webhooks().release(hook.id, 'c');
      const again = range(1, 10).map((racer) => claim(hook.id, `racer-${racer}`));
      expect((await Promise.all(again)).filter(Boolean).length).toBe(1);
    });

    it('move only for their holder, and only from where they are', async () => {
      const hook = await create();
      const move = (holder: string, from: number, to: number) =>
        webhooks().advance(hook.id, holder, { from, to, leaseMs: LEASE_MS });
      await claim(hook.id, 'a');
      expect(await move('a', 0, 1)).toBe(true);
      expect(await move('a', 0, 2)).toBe(false);
      expect(await move('b', 1, 2)).toBe(false);
      await pass(LEASE_MS + 1_000);
      // Late, but nobody else has come meanwhile.
      expect(await move('a', 1, 2)).toBe(true);
      await pass(LEASE_MS + 1_000);
      await claim(hook.id, 'b');
      expect(await move('a', 2, 3)).toBe(false);
      expect((await get(hook))?.cursor).toBe(2);
    });

    it('that failed wait, and say so; what was delivered makes it forgotten', async () => {
      const hook = await create();
      await post(store(), hook.channel, 1);
      await claim(hook.id);
      await webhooks().postpone(hook.id, 'me', { error: 'it answered 500', delayMs: 60_000 });
      expect(await get(hook)).toMatchObject({ failures: 1, lastError: 'it answered 500', state: 'active' });
      const wait = new Date((await get(hook))?.nextAt ?? 0).getTime() - Date.now();
      expect(wait).toBeGreaterThan(30_000);
      expect(wait).toBeLessThan(90_000);
      expect(await claim(hook.id)).toBeUndefined();
      expect([await isDue(hook.id), await webhooks().dueOf([hook.channel])]).toEqual([false, []]);
      await pass(61_000);
      expect(await isDue(hook.id)).toBe(true);
      expect((await claim(hook.id))?.failingMs).toBeGreaterThanOrEqual(61_000);
      await webhooks().postpone(hook.id, 'me', { error: 'again', delayMs: 0 });
      expect(await get(hook)).toMatchObject({ failures: 2, lastError: 'again' });
      expect((await claim(hook.id))?.failingMs).toBeGreaterThanOrEqual(61_000);
      await webhooks().advance(hook.id, 'me', { from: 0, to: 1, leaseMs: LEASE_MS });
      const { lastError, nextAt, failures } = (await get(hook)) ?? {};
      expect({ lastError, nextAt, failures }).toEqual({ failures: 0 });
    });

    it('that are paused send nothing until they are resumed, from where they were', async () => {
      const hook = await create();
      await post(store(), hook.channel, 3);
      await claim(hook.id);
      await webhooks().advance(hook.id, 'me', { from: 0, to: 1, leaseMs: LEASE_MS });
      await webhooks().pause(hook.id, 'me', { error: 'it answered 410', reason: 'gone' });
      expect(await get(hook)).toMatchObject({
        state: 'paused',
        pausedBecause: 'gone',
        lastError: 'it answered 410',
        cursor: 1,
      });
      expect([await isDue(hook.id), await claim(hook.id)]).toEqual([false, undefined]);
      expect(await webhooks().resume(newChannel(), hook.id)).toBeUndefined();
      expect(await webhooks().resume(hook.channel, hook.id)).toEqual({ ...hook, cursor: 1 });
      expect(await isDue(hook.id)).toBe(true);
    });

    it('are not failed or paused by one who has lost them', async () => {
      const hook = await create();
      await claim(hook.id, 'a');
      await webhooks().postpone(hook.id, 'b', { error: 'late', delayMs: 60_000 });
      await webhooks().pause(hook.id, 'b', { error: 'late', reason: 'failing' });
      expect(await get(hook)).toEqual(hook);
    });
  });
}
