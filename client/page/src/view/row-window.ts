import { type DrawnRows, drawnRows, offsetsOf, rowAt } from '../state/drawn-rows.ts';

/** Where a scrolled list stands. */
export interface ScrollPosition {
  /** The end is on screen. */
  atEnd: boolean;
  /** Less than a screen is left above, below. */
  nearStart: boolean;
  nearEnd: boolean;
}

/** Shows the part of a long list that is on screen, and keeps it in place while rows come and go and change their height. */
export interface RowWindow {
  /** Says which of the rows to draw. The end, where the view follows it; else what is on screen. `pinned` are drawn in any case. */
  choose(keys: readonly string[], following: boolean, pinned: readonly string[]): DrawnRows;
  /** After they were drawn: puts back on screen what was there. */
  settle(following: boolean): ScrollPosition;
  /** Whether something is on screen that is not drawn. */
  isShort(): boolean;
  /** From the next {@link RowWindow.settle} on, this row is on screen, in its upper half. */
  aim(key: string): void;
  /** Begins; gives a function that ends it. */
  attach(scroller: HTMLElement, list: HTMLElement, onMove: (position: ScrollPosition) => void): () => void;
}

/** Pixels: a finger's tremble off the end is still the end. */
const END_SLACK = 40;
/** Pixels that are drawn above and below the screen: what a flick of the finger passes before the next frame. */
const OVERSCAN = 700;
/** Of a screen that is not known yet. */
const FIRST_SCREEN = 1_200;
/** A row of one line, until some were measured. */
const FIRST_HEIGHT = 48;
/** Part of the screen above the row that is aimed at. */
const AIM_AT = 0.3;
/** Heights that are remembered of rows that were dropped; they may come back. */
const MAX_HEIGHTS = 5_000;

/**
 * By hand in every browser: Safari has no scroll anchoring, and that of others rests at the very top, which is where older
 * messages come in. Rows lie in the normal flow, with empty space for those that are not drawn, so that the browser lays
 * them out; heights that were never measured are guessed, and a wrong guess moves nothing that is on screen.
 */
export function createRowWindow(): RowWindow {
  const heights = new Map<string, number>();
  let sum = 0;
  let scroller: HTMLElement | undefined;
  let list: HTMLElement | undefined;
  let keys: readonly string[] = [];
  let offsets: number[] = [0];
  let drawn: DrawnRows = { runs: [], space: 0 };
  /** Rows that begin on screen, and how far from its top: of those that are still there, the first is kept. */
  let anchors: { key: string; top: number }[] = [];
  let follows = true;

  const guess = () => (heights.size === 0 ? FIRST_HEIGHT : sum / heights.size);

  function layOut(): void {
    const unknown = guess();
    offsets = offsetsOf(keys.map((key) => heights.get(key) ?? unknown));
  }

  function measured(key: string, height: number): void {
    sum += height - (heights.get(key) ?? 0);
    heights.delete(key);
    heights.set(key, height);
    const [oldest] = heights;
    if (heights.size <= MAX_HEIGHTS || oldest === undefined) return;
    heights.delete(oldest[0]);
    sum -= oldest[1];
  }

  /** Pixels of the list above the screen. */
  function above(): number {
    if (scroller === undefined || list === undefined) return 0;
    return scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
  }

  function choose(next: readonly string[], following: boolean, pinned: readonly string[]): DrawnRows {
    const kept = [...pinned, ...focused()];
    keys = next;
    layOut();
    const places = new Map(keys.map((key, index) => [key, index]));
    const height = scroller?.clientHeight ?? FIRST_SCREEN;
    const total = offsets[keys.length] ?? 0;
    const anchor = anchors.find(({ key }) => places.has(key));
    const top = following
      ? total - height
      : anchor
        ? (offsets[places.get(anchor.key) ?? 0] ?? 0) - anchor.top
        : above();
    const indexes = kept.map((key) => places.get(key) ?? -1);
    drawn = drawnRows(offsets, top - OVERSCAN, top + height + OVERSCAN, indexes);
    return drawn;
  }

  /** The row that has the focus would lose it, and with it a menu that is open there. */
  function focused(): string[] {
    const element = document.activeElement;
    if (list === undefined || element === null || !list.contains(element)) return [];
    return elements().flatMap(({ row, key }) => (row.contains(element) ? [key] : []));
  }

  /** The rows that are drawn, top to bottom, and the element after each. */
  function elements(): { key: string; row: Element; next: Element | undefined }[] {
    const children = list?.children ?? [];
    const found: { key: string; row: Element; next: Element | undefined }[] = [];
    let child = 0;
    for (const { first, end } of drawn.runs) {
      // The space before a run is an element too, as is that after the last.
      child++;
      for (let index = first; index < end; index++, child++) {
        const row = children[child];
        if (row) found.push({ key: keys[index] ?? '', row, next: children[child + 1] });
      }
    }
    return found;
  }

  function settle(following: boolean): ScrollPosition {
    if (scroller === undefined || list === undefined) return { atEnd: true, nearStart: false, nearEnd: true };
    follows = following;
    const rows = elements();
    // With the distance to the next: a margin between two belongs to the list's height too.
    for (const { key, row, next } of rows) {
      const { top, bottom } = row.getBoundingClientRect();
      measured(key, (next?.getBoundingClientRect().top ?? bottom) - top);
    }
    if (following) scroller.scrollTop = scroller.scrollHeight;
    else {
      const kept = anchors.find(({ key }) => rows.some((each) => each.key === key));
      const row = rows.find(({ key }) => key === kept?.key)?.row;
      if (kept && row) {
        const moved = row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - kept.top;
        if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
      }
    }
    remember();
    return position();
  }

  /**
   * Remembers what begins on screen. A row that begins above may change its height there: the first of a group is no
   * longer that when older ones come in.
   */
  function remember(): void {
    if (scroller === undefined) return;
    const { top, bottom } = scroller.getBoundingClientRect();
    const seen = elements().map(({ key, row }) => ({ key, top: row.getBoundingClientRect().top }));
    const onScreen = seen.filter((each) => each.top >= top && each.top < bottom);
    // One row may fill the screen; and after a long way at once nothing that is there is drawn.
    const filling = seen.findLast((each) => each.top < top);
    const found = onScreen.length > 0 ? onScreen : filling && !isShort() ? [filling] : [];
    anchors = found.map((each) => ({ key: each.key, top: each.top - top }));
    if (anchors.length > 0 || keys.length === 0) return;
    const y = above();
    const index = rowAt(offsets, y);
    anchors = [{ key: keys[index] ?? '', top: (offsets[index] ?? 0) - y }];
  }

  function isShort(): boolean {
    if (scroller === undefined || list === undefined || keys.length === 0) return false;
    const { top, bottom } = scroller.getBoundingClientRect();
    return [...list.children].some((child) => {
      if (!child.classList.contains('space')) return false;
      const space = child.getBoundingClientRect();
      return space.height >= 1 && space.bottom > top && space.top < bottom;
    });
  }

  function position(): ScrollPosition {
    if (scroller === undefined) return { atEnd: true, nearStart: false, nearEnd: true };
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    return { atEnd: below < END_SLACK, nearStart: scrollTop < clientHeight, nearEnd: below < clientHeight };
  }

  return {
    choose,
    settle,
    isShort,
    aim(key) {
      anchors = [{ key, top: (scroller?.clientHeight ?? FIRST_SCREEN) * AIM_AT }];
    },
    attach(theScroller, theList, onMove) {
      scroller = theScroller;
      list = theList;
      const scrolled = () => {
        remember();
        onMove(position());
      };
      // The keyboard of a phone, a composer that grows, a window that turns.
      const resized = new ResizeObserver(() => onMove(settle(follows)));
      resized.observe(scroller);
      resized.observe(list);
      scroller.addEventListener('scroll', scrolled, { passive: true });
      return () => {
        resized.disconnect();
        theScroller.removeEventListener('scroll', scrolled);
        scroller = undefined;
        list = undefined;
      };
    },
  };
}
