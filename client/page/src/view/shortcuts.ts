import type { Chat } from '../chat.ts';
import { channelsInOrder } from './channel-order.ts';
import { focusComposer } from './focus-composer.ts';
import { openDialog } from './load-dialogs.ts';

/** Does what keys mean anywhere in the page, until the function it gives is called. */
export function followShortcuts(chat: Chat): () => void {
  const pressed = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]') !== null)
      return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k')
      openDialog(({ showSearch }) => showSearch(chat));
    else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown'))
      goBeside(chat, event.key === 'ArrowUp' ? -1 : 1);
    else if (event.ctrlKey || event.metaKey || event.altKey || isWritten(event.target)) return;
    else if (event.key === '?') openDialog(({ showShortcuts }) => showShortcuts());
    else if (event.key === '/') openDialog(({ showSearch }) => showSearch(chat));
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
  const location = chat.location.get();
  const current = 'conversation' in location ? location.conversation.channel : undefined;
  const names = channelsInOrder(chat.channels.get(), current).map(({ channel }) => channel);
  const next = names[(current === undefined ? -1 : names.indexOf(current)) + step];
  if (next !== undefined) chat.go(next);
}
