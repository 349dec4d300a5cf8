import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';

/** Rows a page key passes. */
const PAGE_ROWS = 10;
const ROW = '[data-seq]';

/**
 * One message of the list is reached by Tab: the one that last had the focus, else the newest. From there the arrows, Page
 * Up and Down, Home and End go to the others. By hand on the elements, since rows come and go with every scroll.
 */
export function useRoving(pane: RefObject<HTMLElement | null>, conversation: Conversation): void {
  useEffect(() => {
    const element = pane.current?.querySelector<HTMLElement>('.scroller') ?? null;
    if (element === null) return;
    const rows = () => [...element.querySelectorAll<HTMLElement>(ROW)];
    const settle = () => {
      const all = rows();
      const active = String(conversation.active.get());
      const chosen = all.find((row) => row.dataset.seq === active) ?? all.at(-1);
      for (const row of all) stop(row, row === chosen);
      // Where it has no row, the list itself is scrolled by keyboard.
      stop(element, chosen === undefined);
    };
    const focused = (event: FocusEvent) => {
      const row = (event.target as HTMLElement).closest<HTMLElement>(ROW);
      if (row) conversation.active.set(Number(row.dataset.seq));
      settle();
    };
    const pressed = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (target !== element && !target.matches(ROW)) return;
      const all = rows();
      const at = target === element ? all.length : all.indexOf(target);
      const next = nextOf(event.key, at, all);
      if (next === undefined) return;
      event.preventDefault();
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: 'nearest' });
    };
    const drawn = new MutationObserver(settle);
    drawn.observe(element, { childList: true, subtree: true });
    element.addEventListener('focusin', focused);
    element.addEventListener('keydown', pressed);
    settle();
    return () => {
      drawn.disconnect();
      element.removeEventListener('focusin', focused);
      element.removeEventListener('keydown', pressed);
    };
  }, []);
}

function stop(element: HTMLElement, isStop: boolean): void {
  const index = isStop ? 0 : -1;
  if (element.tabIndex !== index || !element.hasAttribute('tabindex')) element.tabIndex = index;
}

function nextOf(key: string, at: number, rows: readonly HTMLElement[]): HTMLElement | undefined {
  const last = rows.length - 1;
  const to = (index: number) => rows[Math.max(0, Math.min(last, index))];
  if (key === 'ArrowUp') return to(at - 1);
  if (key === 'ArrowDown') return to(at + 1);
  if (key === 'PageUp') return to(at - PAGE_ROWS);
  if (key === 'PageDown') return to(at + PAGE_ROWS);
  if (key === 'Home') return to(0);
  return key === 'End' ? to(last) : undefined;
}
