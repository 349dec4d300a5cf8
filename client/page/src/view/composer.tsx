import { bodyFits, MAX_REQUEST_BYTES } from '@carillon/client';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';
import { SendIcon } from './icons.tsx';
import { useMedia } from './use-media.ts';

interface ComposerProps {
  conversation: Conversation;
  onSend: (body: string) => void;
}

/** Where a message is written. Enter sends, Shift+Enter begins a new line. */
export function Composer({ conversation, onSend }: ComposerProps) {
  const [text, setText] = useState(conversation.draft);
  const field = useRef<HTMLTextAreaElement>(null);
  const mouse = useMedia('(pointer: fine)');
  const body = text.trimEnd();
  const fits = bodyFits(body);

  useLayoutEffect(() => grow(field.current), [text]);
  // On a phone, focus would bring up the keyboard over what is to be read.
  useEffect(() => (mouse ? field.current?.focus({ preventScroll: true }) : undefined), []);

  const write = (next: string) => {
    conversation.draft = next;
    setText(next);
  };
  const send = () => {
    field.current?.focus();
    if (body.trim() === '' || !fits) return;
    onSend(body);
    write('');
    void conversation.toNewest();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="sr-only" for="message">
        Message #{conversation.channel}
      </label>
      <textarea
        id="message"
        ref={field}
        rows={1}
        value={text}
        placeholder={`Message #${conversation.channel}`}
        enterkeyhint="send"
        autocomplete="off"
        aria-describedby="message-hint"
        aria-invalid={!fits}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          // While an input method composes, Enter chooses a word.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button type="submit" class="send" aria-label="Send" aria-disabled={body.trim() === '' || !fits}>
        <SendIcon />
      </button>
      <p id="message-hint" class={fits ? 'sr-only' : 'fault'} role="status">
        {fits ? '' : `Too long: a message has at most ${MAX_REQUEST_BYTES / 1024} KiB.`}
      </p>
    </form>
  );
}

/** As tall as its text; the style sheet bounds it. */
function grow(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
