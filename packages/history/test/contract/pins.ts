import type { Author, LogEvent } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { MAX_PINS_PER_CHANNEL } from '../../src/index.ts';
import { newChannel, post, range, type Store } from './store.ts';
import { expectWhole } from './whole.ts';

const ADA: Author = { id: 'ada', name: 'Ada' };
const MO: Author = { id: 'mo', name: 'Mo' };

export function pinsContract(store: () => Store): void {
  const history = () => store().history;
  const pin = (channel: string, message: number, op: 'add' | 'remove' = 'add', of?: Author) =>
    history().change({ type: 'pin', channel, message, author: MO, op }, of);
  const pinned = async (channel: string) => (await history().pins(channel)).map(({ message }) => message.seq);
  const log = (channel: string): Promise<LogEvent[]> => history().after(channel, 0, 10_000);
  const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

  describe('a pin', () => {
    it('is an event of the log, and the message is listed with who pinned it', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      const change = { type: 'pin', channel, seq: 3, author: MO, createdAt: at, message: 1, op: 'add' };
      expect(await pin(channel, 1)).toMatchObject({ outcome: 'changed', change, message: { seq: 1 } });
      expect((await log(channel)).at(-1)).toEqual(change);
      const [message] = (await history().messages(channel, { limit: 2 })).messages;
      expect(await history().pins(channel)).toEqual([{ message, author: MO, seq: 3, createdAt: at }]);
      await expectWhole(store(), channel);
    });

    it('is listed before those of earlier, and in its own channel alone', async () => {
      const [channel, other] = [newChannel(), newChannel()];
      await post(store(), channel, 3);
      await post(store(), other, 1);
      for (const seq of [2, 1, 3]) await pin(channel, seq);
      await pin(other, 1);
      expect(await pinned(channel)).toEqual([3, 1, 2]);
      expect(await pinned(newChannel())).toEqual([]);
    });

    it('that is there already makes no event, nor one that is taken off and is not there', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      await pin(channel, 1);
      expect(await pin(channel, 1)).toMatchObject({ outcome: 'unchanged', message: { seq: 1 } });
      expect(await pin(channel, 1, 'remove')).toMatchObject({ outcome: 'changed', change: { seq: 3 } });
      expect(await pin(channel, 1, 'remove')).toMatchObject({ outcome: 'unchanged' });
      expect([await pinned(channel), (await log(channel)).length]).toEqual([[], 3]);
      await pin(channel, 1);
      expect(await pinned(channel)).toEqual([1]);
      await expectWhole(store(), channel);
    });

    it('of no message, or of one that was deleted, is refused', async () => {
      const channel = newChannel();
      expect(await pin(channel, 1)).toEqual({ outcome: 'missing' });
      await post(store(), channel, 1);
      expect(await pin(channel, 2)).toEqual({ outcome: 'missing' });
      await history().change({ type: 'delete', channel, target: 1, author: ADA });
      expect(await pin(channel, 1)).toEqual({ outcome: 'deleted' });
      expect(await pin(channel, 1, 'remove')).toMatchObject({ outcome: 'unchanged' });
    });

    it('shows the message as it is now, and goes with it', async () => {
      const channel = newChannel();
      await post(store(), channel, 2);
      for (const seq of [1, 2]) await pin(channel, seq);
      await history().change({ type: 'edit', channel, target: 1, author: ADA, body: 'better' });
      expect((await history().pins(channel)).map(({ message }) => message.body)).toContain('better');
      await history().change({ type: 'delete', channel, target: 2, author: ADA });
      expect(await pinned(channel)).toEqual([1]);
      await expectWhole(store(), channel);
      await history().retain({ channel, maxCount: 2 });
      expect(await pinned(channel)).toEqual([]);
    });

    it('is one of so many at most, and another fits once one is taken off', async () => {
      const channel = newChannel();
      const most = MAX_PINS_PER_CHANNEL;
      await post(store(), channel, most + 1);
      for (const seq of range(1, most)) expect(await pin(channel, seq)).toMatchObject({ outcome: 'changed' });
      expect(await pin(channel, most + 1)).toEqual({ outcome: 'full' });
      await pin(channel, 1, 'remove');
      expect(await pin(channel, most + 1)).toMatchObject({ outcome: 'changed' });
      expect(await pinned(channel)).toHaveLength(most);
    });

    it('is in the audit, where a moderator does it', async () => {
      const channel = newChannel();
      await post(store(), channel, 1);
      await pin(channel, 1, 'add', ADA);
      await pin(channel, 1, 'remove', ADA);
      const lines = await history().access.audit(channel, undefined, 10);
      expect(lines.map(({ act, by, details }) => [act, by.id, details])).toEqual([
        ['unpin_message', 'mo', { seq: 1 }],
        ['pin_message', 'mo', { seq: 1 }],
      ]);
    });
  });
}
