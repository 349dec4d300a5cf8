import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  class: string;
  label: string;
  /** It was closed, by its content, by Escape or by a click beside it. */
  onClose: () => void;
  children: (close: () => void) => ComponentChildren;
}

/** A modal dialog, open as long as it is there. The browser keeps the focus inside and gives it back. */
export function Dialog({ class: name, label, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => dialog.current?.close();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard has Escape, which the browser gives
    <dialog
      ref={dialog}
      class={name}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => event.target === event.currentTarget && close()}
    >
      <div class="dialog-body">{children(close)}</div>
    </dialog>
  );
}
