import type { ComponentChildren } from 'preact';

interface IconButtonProps {
  /** What a screen reader says, and what is shown under a mouse. */
  name: string;
  class?: string;
  tabIndex?: number;
  /** It opens a menu. */
  opensMenu?: boolean;
  /** Given the button, for what is shown beside it. */
  onClick: (button: Element) => void;
  children: ComponentChildren;
}

/** A button with an icon in the place of words. */
export function IconButton({
  name,
  class: style = 'quiet square',
  tabIndex,
  opensMenu,
  onClick,
  children,
}: IconButtonProps) {
  return (
    <button
      type="button"
      class={style}
      tabIndex={tabIndex}
      aria-label={name}
      aria-haspopup={opensMenu ? 'menu' : undefined}
      title={name}
      onClick={(event) => onClick(event.currentTarget)}
    >
      {children}
    </button>
  );
}
