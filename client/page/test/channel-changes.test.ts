import type { LogEvent, LogPage } from '@carillon/client';
import { expect, it } from 'vitest';
import { channelChangesIn, holesIn } from '../src/channel-changes.ts';
import { message } from './messages.ts';

const HEAD = 2_000;
/** A log in which every 100th event is of the channel, every third one a reaction, and the rest messages. */
const kindOf = (seq: number) => (seq % 100 === 0 ? 'channel' : seq % 3 === 0 ? 'reaction' : 'message');
const all = Array.from({ length: HEAD }, (_, index) => index + 1);

function eventAt(seq: number): LogEvent {
  const { channel, author, createdAt } = message(seq);
  const fields = { channel, seq, author, createdAt };
  if (kindOf(seq) === 'channel') return { ...fields, type: 'channel', topic: `t${seq}` };
  if (kindOf(seq) === 'message') return message(seq);
  return { ...fields, type: 'reaction', target: 1, emoji: '👍', op: 'add', count: 1 };
}

/** Counts what is read. */
function logReader() {
  const reads: number[] = [];
  const read = async (after: number, limit: number): Promise<LogPage> => {
    reads.push(limit);
    const events = all.filter((seq) => seq > after && seq <= after + limit).map(eventAt);
    return { channel: 'lobby', events, head: HEAD, earliest: 1 };
  };
  return { reads, read };
}

it('lines between the messages of a page are found, and nothing is read where there is no room for one', async () => {
  const { reads, read } = logReader();
  const seqs = all.filter((seq) => seq > 150 && seq <= 450 && kindOf(seq) === 'message');
  const found = await channelChangesIn({ from: 151, to: 450 }, seqs, read);
  expect(found.map(({ seq }) => seq)).toEqual([200, 300, 400]);
  expect(reads.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(300);
  reads.length = 0;
  expect(await channelChangesIn({ from: 1, to: 3 }, [1, 2, 3], read)).toEqual([]);
  expect(reads).toEqual([]);
});

it('of a long stretch without messages the newest lines are read, and no more than is worth it', async () => {
  const { reads, read } = logReader();
  const found = await channelChangesIn({ from: 1, to: HEAD }, [], read);
  expect(found.map(({ seq }) => seq)).toEqual([1_700, 1_800, 1_900, 2_000]);
  expect(reads.reduce((sum, each) => sum + each, 0)).toBe(400);
});

it('holes lie between the messages, before the first and after the last', () => {
  const said = all.filter((seq) => seq === 10 || (seq > 40 && seq < 70));
  expect(holesIn({ from: 1, to: 100 }, said)).toEqual([
    { from: 1, to: 40 },
    { from: 70, to: 100 },
  ]);
  expect(holesIn({ from: 5, to: 6 }, [5, 6])).toEqual([]);
  expect(holesIn({ from: 1, to: 0 }, [])).toEqual([]);
});
