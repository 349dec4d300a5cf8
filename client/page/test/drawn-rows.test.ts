import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawnRows, offsetsOf, rowAt } from '../src/state/drawn-rows.ts';

const heights = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 200 });

describe('drawn rows', () => {
  it('cover what is on screen, hold what is pinned, and leave space for all others', () => {
    fc.assert(
      fc.property(
        heights,
        fc.integer({ min: -500, max: 60_000 }),
        fc.nat(2_000),
        fc.array(fc.nat(250), { maxLength: 4 }),
        (sizes, top, screen, pinned) => {
          const offsets = offsetsOf(sizes);
          const { runs, space } = drawnRows(offsets, top, top + screen, pinned);
          const drawn = new Set<number>();
          let y = 0;
          for (const run of runs) {
            y += run.space;
            expect(y).toBe(offsets[run.first]);
            for (let index = run.first; index < run.end; index++) {
              expect(drawn.has(index)).toBe(false);
              drawn.add(index);
              y += sizes[index] ?? 0;
            }
          }
          expect(y + space).toBe(offsets.at(-1));
          for (const [index, size] of sizes.entries()) {
            const begins = offsets[index] ?? 0;
            if (begins < top + screen && begins + size > top) expect(drawn.has(index)).toBe(true);
          }
          for (const index of pinned) if (index < sizes.length) expect(drawn.has(index)).toBe(true);
        },
      ),
    );
  });

  it('are as many as fit the screen, however long the list is', () => {
    const offsets = offsetsOf(Array.from({ length: 100_000 }, () => 20));
    const { runs } = drawnRows(offsets, 1_000_000, 1_002_000, [5]);
    expect(runs.map(({ first, end }) => end - first)).toEqual([1, 101]);
    expect(rowAt(offsets, 1_000_010)).toBe(50_000);
  });
});
