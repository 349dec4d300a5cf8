import { MenuIcon } from './icons.tsx';

/** Opens the drawer with the channels; nothing where they stand beside the page (`onMenu` is undefined). */
export function MenuButton({ onMenu }: { onMenu: (() => void) | undefined }) {
  if (onMenu === undefined) return null;
  return (
    <button type="button" class="quiet square" aria-label="Channels" onClick={onMenu}>
      <MenuIcon />
    </button>
  );
}
