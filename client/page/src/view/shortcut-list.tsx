import { showDialog } from './overlay.tsx';

const SHORTCUTS = [
  [
    'Anywhere',
    [
      ['Ctrl K or /', 'Search'],
      ['Alt ↑, Alt ↓', 'Previous, next channel'],
      ['Esc', 'Close what is open, or go to the message field'],
      ['?', 'Show this list'],
    ],
  ],
  [
    'While writing',
    [
      ['Enter', 'Send'],
      ['Shift Enter', 'New line'],
      ['↑', 'Edit your last message (in an empty field)'],
      ['Esc', 'Cancel the reply'],
    ],
  ],
  [
    'On a message',
    [
      ['↑, ↓, Page Up, Page Down, Home, End', 'Go to another message'],
      ['Enter', 'Open its menu'],
      ['R', 'Reply'],
      ['+', 'Add a reaction'],
      ['E', 'Edit'],
      ['L', 'Copy link'],
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
