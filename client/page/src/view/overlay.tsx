import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { createStore, useStore } from '../state/store.ts';
import { Dialog } from './dialog.tsx';

/** What lies over the page; `close` takes it away. */
type Content = (close: () => void) => ComponentChildren;

interface Popover {
  anchor: Element;
  label: string;
  role: 'menu' | 'dialog';
  content: Content;
}

const popover = createStore<Popover | undefined>(undefined);
const dialog = createStore<{ label: string; class: string; content: Content } | undefined>(undefined);

/** Room between a popover, what it belongs to and the edge of the window, pixels. */
const GAP = 4;

/** Shows something small beside an element, until a click elsewhere or Escape. */
export function showPopover(anchor: Element, label: string, role: Popover['role'], content: Content): void {
  popover.set({ anchor, label, role, content });
}

/**
 * Shows a dialog over the whole page, in the place of one that is open.
 * @param label its accessible name.
 * @param name its classes in the style sheet.
 */
export function showDialog(label: string, content: Content, name = 'box'): void {
  popover.set(undefined);
  dialog.set({ label, class: name, content });
}

/** Where popovers and dialogs are drawn; once in the page. */
export function Overlays() {
  const small = useStore(popover);
  const large = useStore(dialog);
  return (
    <>
      {small && <PopoverBox key={small} shown={small} />}
      {large && (
        <Dialog
          key={large}
          class={large.class}
          label={large.label}
          // The browser's event comes a moment after it was closed: another may be open by then.
          onClose={() => dialog.get() === large && dialog.set(undefined)}
        >
          {(close) => large.content(close)}
        </Dialog>
      )}
    </>
  );
}

function PopoverBox({ shown }: { shown: Popover }) {
  const { anchor, label, role, content } = shown;
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const from = document.activeElement;
    element.showPopover();
    moveTo(element, anchor.getBoundingClientRect());
    element.querySelector<HTMLElement>('button, input')?.focus();
    return () => {
      // Where it closes by what was chosen in it, the focus would be lost.
      if (
        from instanceof HTMLElement &&
        [null, document.body].includes(document.activeElement as HTMLElement)
      )
        from.focus({ preventScroll: true });
    };
  }, []);
  const close = () => {
    box.current?.hidePopover();
    // What was chosen in it may have opened another.
    if (popover.get() === shown) popover.set(undefined);
  };
  return (
    // biome-ignore lint/a11y/useAriaPropsSupportedByRole: each of its roles has a name
    <div
      ref={box}
      popover="auto"
      class={`popover ${role}`}
      role={role}
      aria-label={label}
      onToggle={(event) => event.newState === 'closed' && close()}
    >
      {content(close)}
    </div>
  );
}

/** Below what it belongs to, or above where there is more room; never over the edge. */
function moveTo(element: HTMLElement, anchor: DOMRect): void {
  const { width, height } = element.getBoundingClientRect();
  const below = anchor.bottom + GAP + height <= innerHeight || anchor.top < height;
  const top = below ? anchor.bottom + GAP : anchor.top - height - GAP;
  const left = document.dir === 'rtl' ? anchor.left : anchor.right - width;
  element.style.top = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
  element.style.left = `${Math.max(GAP, Math.min(left, innerWidth - width - GAP))}px`;
}
