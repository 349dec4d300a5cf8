import { useId, useState } from 'preact/hooks';
import { showPopover } from './overlay.tsx';

const COMMON = [
  ...['👍', '👎', '❤️', '😂', '😊', '🎉', '😮', '😢'],
  ...['🙏', '👏', '🔥', '🚀', '✅', '❌', '👀', '💯'],
  ...['🤔', '😍', '😅', '😎', '😭', '😡', '🤯', '🥳'],
  ...['👋', '💪', '🤝', '☕', '🍕', '🌈', '⭐', '🔔'],
];
/** A row of the picker. */
const COLUMNS = 8;
const STORAGE_KEY = 'carillon.emoji';
const ONE_EMOJI = /^\p{RGI_Emoji}$/v;

/** Lets a person choose an emoji: of those used last, of common ones, or any other. */
export function showEmojiPicker(anchor: Element, onPick: (emoji: string) => void): void {
  showPopover(anchor, 'Choose a reaction', 'dialog', (close) => (
    <EmojiPicker
      onPick={(emoji) => {
        remember(emoji);
        close();
        onPick(emoji);
      }}
    />
  ));
}

function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const recent = loadRecent();
  const shown = [...recent, ...COMMON.filter((emoji) => !recent.includes(emoji))].slice(0, COMMON.length);
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState(false);
  const id = useId();
  return (
    <div class="emoji-picker">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons is no fieldset of a form */}
      <div class="grid" role="group" aria-label="Emoji" onKeyDown={moveOn}>
        {shown.map((emoji, index) => (
          <button key={emoji} type="button" tabIndex={index === 0 ? 0 : -1} onClick={() => onPick(emoji)}>
            {emoji}
          </button>
        ))}
      </div>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          const emoji = typed.trim();
          if (ONE_EMOJI.test(emoji)) onPick(emoji);
          else setFault(true);
        }}
      >
        <label for={id}>Other emoji</label>
        <input
          id={id}
          value={typed}
          autocomplete="off"
          aria-invalid={fault}
          aria-describedby={`${id}-fault`}
          onInput={(event) => {
            setFault(false);
            setTyped(event.currentTarget.value);
          }}
        />
        <button type="submit" class="strong">
          Add
        </button>
        <p id={`${id}-fault`} class="fault" role="status">
          {fault && 'Type or paste one emoji.'}
        </p>
      </form>
    </div>
  );
}

function moveOn(event: KeyboardEvent): void {
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    ArrowDown: COLUMNS,
    ArrowUp: -COLUMNS,
    Home: -at,
    End: buttons.length - 1 - at,
  };
  const next = buttons[at + (steps[event.key] ?? 0)];
  if (!(event.key in steps) || next === undefined) return;
  event.preventDefault();
  for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
  next.focus();
}

function loadRecent(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return Array.isArray(kept)
      ? kept.filter((each) => typeof each === 'string' && ONE_EMOJI.test(each)).slice(0, COLUMNS)
      : [];
  } catch {
    return [];
  }
}

function remember(emoji: string): void {
  const recent = [emoji, ...loadRecent().filter((each) => each !== emoji)].slice(0, COLUMNS);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(recent));
  } catch {
    // Nothing is kept: the common ones come first.
  }
}
