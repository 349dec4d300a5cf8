/** A run of rows that are drawn, after `space` pixels of rows that are not. */
export interface DrawnRun {
  space: number;
  first: number;
  /** Not included. */
  end: number;
}

export interface DrawnRows {
  runs: readonly DrawnRun[];
  /** Pixels of the rows after the last run. */
  space: number;
}

/** Where each row begins, pixels from the first; the last number is where the list ends. */
export function offsetsOf(heights: readonly number[]): number[] {
  const offsets = [0];
  for (const [index, height] of heights.entries()) offsets.push((offsets[index] ?? 0) + height);
  return offsets;
}

/** The row at `y` pixels; the first or the last where that is outside. */
export function rowAt(offsets: readonly number[], y: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** The rows between two heights, and those in `pinned` wherever they are. */
export function drawnRows(
  offsets: readonly number[],
  top: number,
  bottom: number,
  pinned: readonly number[],
): DrawnRows {
  const count = offsets.length - 1;
  if (count === 0) return { runs: [], space: 0 };
  const first = rowAt(offsets, top);
  const end = rowAt(offsets, bottom) + 1;
  const others = pinned.filter((index) => index >= 0 && index < count && (index < first || index >= end));
  const spans = [{ first, end }, ...others.map((index) => ({ first: index, end: index + 1 }))];
  spans.sort((a, b) => a.first - b.first);
  const runs: DrawnRun[] = [];
  let drawnTo = 0;
  for (const span of spans) {
    const before = runs.at(-1);
    if (before !== undefined && span.first <= before.end) before.end = Math.max(before.end, span.end);
    else runs.push({ ...span, space: (offsets[span.first] ?? 0) - (offsets[drawnTo] ?? 0) });
    drawnTo = runs.at(-1)?.end ?? 0;
  }
  return { runs, space: (offsets[count] ?? 0) - (offsets[drawnTo] ?? 0) };
}
