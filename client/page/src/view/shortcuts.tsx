import type { Chat } from '../chat.ts';
import { channelsInOrder } from './channel-order.ts';
import { focusComposer } from './focus-composer.ts';
import { showDialog } from './overlay.tsx';
import { showSearch } from './search.tsx';

const SHORTCUTS = [
  [
    'Anywhere',
    [
      ['Ctrl K or /', 'Search'],
      ['Alt ↑, Alt ↓', 'The channel above, below'],
      ['Esc', 'Close what is open, or write'],
      ['?', 'This list'],
    ],
  ],
  [
    'While writing',
    [
      ['Enter', 'Send'],
      ['Shift Enter', 'A new line'],
      ['↑', 'Change your last message, where nothing is written'],
      ['Esc', 'Answer nobody'],
    ],
  ],
  [
    'On a message',
    [
      ['↑, ↓, Page Up, Page Down, Home, End', 'Another message'],
      ['Enter', 'What can be done with it'],
      ['R', 'Reply'],
      ['+', 'Add a reaction'],
      ['E', 'Edit'],
      ['L', 'Copy its link'],
      ['Del', 'Delete'],
    ],
  ],
] as const;

/** Lists what the keyboard does. */
export function showShortcuts(): void {
  showDialog('Keyboard shortcuts', (close) => (
    <div class="shortcuts">
      <h2>Keyboard shortcuts</h2>
      {SHORTCUTS.map(([where, entries]) => (
        <section key={where}>
          <h3>{where}</h3>
          <dl>
            {entries.map(([keys, does]) => (
              <div key={keys}>
                <dt>{keys}</dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
    </div>
  ));
}

/** Does what keys mean anywhere in the page, until the function it gives is called. */
export function followShortcuts(chat: Chat): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null)
      return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') showSearch(chat);
    else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown'))
      goBeside(chat, event.key === 'ArrowUp' ? -1 : 1);
    else if (event.ctrlKey || event.metaKey || event.altKey || isWritten(event.target)) return;
    else if (event.key === '?') showShortcuts();
    else if (event.key === '/') showSearch(chat);
    else if (event.key === 'Escape' && document.querySelector(':popover-open') === null) focusComposer();
    else return;
    event.preventDefault();
  };
  addEventListener('keydown', pressed);
  return () => removeEventListener('keydown', pressed);
}

function isWritten(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}

function goBeside(chat: Chat, step: number): void {
  const place = chat.place.get();
  const current = 'conversation' in place ? place.conversation.channel : undefined;
  const names = channelsInOrder(chat.channels.get(), current).map(({ channel }) => channel);
  const next = names[(current === undefined ? -1 : names.indexOf(current)) + step];
  if (next !== undefined) chat.go(next);
}
