/** Where a scrolled list stands. */
export interface Place {
  /** The end is on screen. */
  atEnd: boolean;
  /** Less than a screen is left above, below. */
  nearStart: boolean;
  nearEnd: boolean;
}

export interface KeptPlace {
  /** After the list was drawn: puts back on screen what was there; the end, where the view follows it. */
  settle(following: boolean): Place;
  stop(): void;
}

/** Pixels: a finger's tremble off the end is still the end. */
const END_SLACK = 40;

/**
 * Keeps a scrolled list in place while rows come and go above. By hand in every browser: Safari has no scroll
 * anchoring, and that of others rests at the very top, which is where older messages come in.
 * @param onMove is called when a person scrolls.
 */
export function keepPlace(
  scroller: HTMLElement,
  list: HTMLElement,
  onMove: (place: Place) => void,
): KeptPlace {
  let anchor: { row: Element; top: number } | undefined;
  let follows = true;

  /**
   * Remembers the first row that begins on screen, and how far from the top. One that begins above may change its
   * height there: the first of a group is no longer that when older ones come in.
   */
  function remember(): void {
    const { top, bottom } = scroller.getBoundingClientRect();
    const rows = list.children;
    const topOf = (index: number) => rows[index]?.getBoundingClientRect().top ?? Number.POSITIVE_INFINITY;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (topOf(middle) >= top) high = middle;
      else low = middle + 1;
    }
    // One row may fill the screen.
    const row = rows[topOf(low) < bottom ? low : low - 1];
    anchor = row && { row, top: row.getBoundingClientRect().top - top };
  }

  function settle(following: boolean): Place {
    follows = following;
    if (following) scroller.scrollTop = scroller.scrollHeight;
    else if (anchor?.row.isConnected) {
      const moved =
        anchor.row.getBoundingClientRect().top - scroller.getBoundingClientRect().top - anchor.top;
      if (Math.abs(moved) >= 1) scroller.scrollTop += moved;
    }
    remember();
    return place();
  }

  function place(): Place {
    const { scrollTop, scrollHeight, clientHeight } = scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    return { atEnd: below < END_SLACK, nearStart: scrollTop < clientHeight, nearEnd: below < clientHeight };
  }

  function scrolled(): void {
    remember();
    onMove(place());
  }

  // The keyboard of a phone, a composer that grows, a window that turns.
  const resized = new ResizeObserver(() => void settle(follows));
  resized.observe(scroller);
  resized.observe(list);
  scroller.addEventListener('scroll', scrolled, { passive: true });
  return {
    settle,
    stop() {
      resized.disconnect();
      scroller.removeEventListener('scroll', scrolled);
    },
  };
}
