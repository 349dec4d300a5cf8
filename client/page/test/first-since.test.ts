import fc from 'fast-check';
import { expect, it } from 'vitest';
import { firstSince } from '../src/first-since.ts';
import { message } from './messages.ts';

it('the first message of a date is found by halves, whatever lies between the messages', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ skip: fc.nat(4), wait: fc.nat(50) }), { maxLength: 60 }),
      fc.nat(2_000),
      async (steps, at) => {
        let seq = 0;
        let time = 0;
        const said = steps.map(({ skip, wait }) => {
          seq += skip + 1;
          time += wait;
          return message(seq, { createdAt: new Date(time).toISOString() });
        });
        const head = seq + 2;
        let reads = 0;
        const found = await firstSince(new Date(at), (after, limit) => {
          reads++;
          const messages = said.filter((each) => each.seq > after).slice(0, limit);
          return Promise.resolve({ channel: 'lobby', messages, head, earliest: 1 });
        });
        // What is shown from there on begins with it.
        expect(said.find((each) => each.seq >= found)?.seq).toBe(
          said.find(({ createdAt }) => Date.parse(createdAt) >= at)?.seq,
        );
        expect(reads).toBeLessThan(13);
      },
    ),
  );
});

const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = Date.UTC(2026, 10, 30);

/** Of a channel whose messages were dated so many days ago, the first of the last week. */
async function firstOfWeek(daysAgo: readonly number[]): Promise<number> {
  const said = daysAgo.map((days, index) =>
    message(index + 1, { createdAt: new Date(NOW - days * DAY_MS).toISOString() }),
  );
  const read = (after: number, limit: number) => {
    const messages = said.slice(after, after + limit);
    return Promise.resolve({ channel: 'lobby', messages, head: said.length, earliest: 1 });
  };
  return firstSince(new Date(NOW - 7 * DAY_MS), read, NOW);
}

it.each([
  ['behind one of 1970', [40, 0, 20_000, 0, 0], 2],
  ['behind many of 1970', [40, 3, 20_000, 2, 20_000, 20_000, 1, 20_000], 2],
  ['among old ones one of next year', [40, -300, 40, 0], 4],
  ['before it one of next year', [40, 30, -300, 0], 3],
  ['and none but those of next year', [40, -300, -300], 2],
  ['behind 150 of next year', [...Array<number>(150).fill(-300), 40, 0], 152],
])('the first message of a date is found in spite of wrong dates: %s', async (_what, daysAgo, seq) => {
  const found = await firstOfWeek(daysAgo);
  // A message that says nothing goes with what is behind it.
  const young = daysAgo.findIndex((days) => days >= -1 && days <= 7) + 1;
  expect(young === 0 || found <= young).toBe(true);
  expect(found).toBe(seq);
});

it('the first message of a date is found in any order of dates: none of a week that is before it', async () => {
  const days = fc.constantFrom(40, 20_000, 3, 1, -300);
  await fc.assert(
    fc.asyncProperty(fc.array(days, { minLength: 1, maxLength: 80 }), async (daysAgo) => {
      const young = daysAgo.findIndex((each) => each === 3 || each === 1);
      const run = young < 0 ? daysAgo : daysAgo.slice(0, young);
      expect(await firstOfWeek(daysAgo)).toBe(run.findLastIndex((each) => each > 7) + 2);
    }),
  );
});
