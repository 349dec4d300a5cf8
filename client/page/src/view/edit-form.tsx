import { bodyFits, MAX_REQUEST_BYTES, type Message } from '@carillon/client';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';
import { focusComposer } from './focus-composer.ts';
import { growWithText } from './grow-with-text.ts';
import { openDialog } from './load-dialogs.ts';
import { notifyFault } from './toast.tsx';

/** A message's text, to be changed where it stands. Enter saves, Escape leaves it as it was. */
export function EditForm({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { editing, editOf, keepEdit } = conversation.composition;
  const [text, setText] = useState(editOf(message.seq) ?? message.body);
  const [fault, setFault] = useState(editing.get()?.fault);
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => growWithText(field.current), [text]);
  // Before it is seen: a person who types at once would otherwise find the caret moved behind what they had marked.
  useLayoutEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  // A text that was not saved, as far as the page knew, is the message's text by now: the answer was lost, not the edit.
  useLayoutEffect(() => {
    if (fault === undefined || text.trimEnd() !== message.body) return;
    keepEdit(message.seq, undefined);
    editing.set(undefined);
  }, [message.body]);
  const write = (next: string) => {
    setText(next);
    keepEdit(message.seq, next);
  };
  const done = () => {
    editing.set(undefined);
    focusComposer();
  };
  const giveUp = () => {
    keepEdit(message.seq, undefined);
    done();
  };
  const save = () => {
    const body = text.trimEnd();
    if (!bodyFits(body))
      return setFault(`Too long: a message can have up to ${MAX_REQUEST_BYTES / 1024} KiB.`);
    if (body.trim() === '') {
      openDialog(({ confirmDeletion }) => confirmDeletion(conversation, message));
      return giveUp();
    }
    if (body === message.body) return giveUp();
    done();
    conversation.edit(message.seq, body).catch(notifyFault);
  };
  return (
    <form
      class="edit-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        aria-label="Edit message"
        aria-invalid={fault !== undefined}
        onInput={(event) => write(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') giveUp();
          else if (event.key === 'Enter' && !event.shiftKey) save();
          else return;
          event.preventDefault();
        }}
      />
      <div class="edit-choices">
        <button type="submit" class="link">
          Save
        </button>
        <button type="button" class="link" onClick={giveUp}>
          Cancel
        </button>
      </div>
      <p class="fault" role="status">
        {fault}
      </p>
    </form>
  );
}
