import { IconButton } from './icon-button.tsx';
import { MenuIcon } from './icons.tsx';

/** Opens the drawer with the channels; nothing where they stand beside the page (`onMenu` is undefined). */
export function MenuButton({ onMenu }: { onMenu: (() => void) | undefined }) {
  if (onMenu === undefined) return null;
  return (
    <IconButton name="Channels" onClick={onMenu}>
      <MenuIcon />
    </IconButton>
  );
}
