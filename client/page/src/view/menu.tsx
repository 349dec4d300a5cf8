import type { ComponentChildren } from 'preact';
import { showPopover } from './overlay.tsx';

/** One thing that can be done. */
export interface Action {
  name: string;
  icon?: ComponentChildren;
  /** What cannot be undone looks it. */
  danger?: boolean;
  /** The key that does it where the menu's owner has the focus. */
  keys?: string;
  act: () => void;
}

/** Shows actions beside an element; arrows, Home, End and first letters move, Escape closes. */
export function showMenu(anchor: Element, label: string, actions: readonly Action[]): void {
  showPopover(anchor, label, 'menu', (close) =>
    actions.map(({ name, icon, danger, keys, act }) => (
      <button
        key={name}
        type="button"
        role="menuitem"
        class={danger ? 'item danger' : 'item'}
        tabIndex={-1}
        onKeyDown={moveOn}
        onClick={() => {
          close();
          act();
        }}
      >
        {icon}
        <span class="item-name">{name}</span>
        {keys && <span class="keys">{keys}</span>}
      </button>
    )),
  );
}

function moveOn(event: KeyboardEvent): void {
  const item = event.currentTarget as HTMLElement;
  const items = [...(item.parentElement?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const at = items.indexOf(item);
  const next = nextOf(event.key, at, items);
  if (event.key === 'Tab') event.preventDefault();
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

function nextOf(key: string, at: number, items: readonly HTMLElement[]): HTMLElement | undefined {
  if (key === 'ArrowDown') return items[(at + 1) % items.length];
  if (key === 'ArrowUp') return items.at(at - 1);
  if (key === 'Home') return items[0];
  if (key === 'End') return items.at(-1);
  if (key.length !== 1 || key === ' ') return undefined;
  const starts = (each: HTMLElement) =>
    each.querySelector('.item-name')?.textContent?.toLowerCase().startsWith(key.toLowerCase());
  return [...items.slice(at + 1), ...items.slice(0, at)].find(starts);
}
