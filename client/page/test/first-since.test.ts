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
        const found = await firstSince(new Date(at), (after) => {
          reads++;
          const messages = said.filter((each) => each.seq > after).slice(0, 1);
          return Promise.resolve({ channel: 'lobby', messages, head, earliest: 1 });
        });
        // What is shown from there on begins with it.
        expect(said.find((each) => each.seq >= found)?.seq).toBe(
          said.find(({ createdAt }) => Date.parse(createdAt) >= at)?.seq,
        );
        expect(reads).toBeLessThan(12);
      },
    ),
  );
});
