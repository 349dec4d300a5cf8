import { FIRST_CHANNEL } from '../route.ts';
import { MenuButton } from './menu-button.tsx';

interface Props {
  name: string;
  onGo: (channel: string) => void;
  onMenu: (() => void) | undefined;
}

/** Says why an address is not a channel's. */
export function NoSuchChannel({ name, onGo, onMenu }: Props) {
  return (
    <main class="pane">
      <header class="top">
        <MenuButton onMenu={onMenu} />
        <h1>Invalid channel name</h1>
      </header>
      <div class="empty">
        <p>
          <strong class="name">{name}</strong> is not a valid channel name. A name has 1 to 64 characters: a
          to z, 0 to 9, "-" and "_". It starts with a letter or a digit.
        </p>
        <button type="button" class="strong" onClick={() => onGo(FIRST_CHANNEL)}>
          Go to #{FIRST_CHANNEL}
        </button>
      </div>
    </main>
  );
}
