import { bodyFits, MAX_REQUEST_BYTES, type Message } from '@carillon/client';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';
import { inWords } from '../problem-words.ts';
import { composing, focusComposer } from './composing.ts';
import { confirmDeletion } from './confirm-deletion.tsx';
import { growWithText } from './grow-with-text.ts';

/** A message's text, to be changed where it stands. Enter saves, Escape leaves it as it was. */
export function EditForm({ message, conversation }: { message: Message; conversation: Conversation }) {
  const { editing } = composing(conversation);
  const [text, setText] = useState(message.body);
  const [fault, setFault] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => growWithText(field.current), [text]);
  useEffect(() => {
    const element = field.current;
    element?.focus();
    element?.setSelectionRange(element.value.length, element.value.length);
  }, []);
  const done = () => {
    editing.set(undefined);
    focusComposer();
  };
  const save = async () => {
    const body = text.trimEnd();
    if (!bodyFits(body)) return setFault(`Too long: a message has at most ${MAX_REQUEST_BYTES / 1024} KiB.`);
    if (body.trim() === '') {
      confirmDeletion(conversation, message);
      return done();
    }
    done();
    if (body === message.body) return;
    try {
      await conversation.edit(message.seq, body);
    } catch (error) {
      editing.set(message.seq);
      setText(body);
      setFault(`${inWords(error)}.`);
    }
  };
  return (
    <form
      class="edit-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        value={text}
        aria-label="Text of the message"
        aria-invalid={fault !== undefined}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) return;
          if (event.key === 'Escape') done();
          else if (event.key === 'Enter' && !event.shiftKey) void save();
          else return;
          event.preventDefault();
        }}
      />
      <div class="edit-choices">
        <button type="submit" class="link">
          Save
        </button>
        <button type="button" class="link" onClick={done}>
          Cancel
        </button>
      </div>
      <p class="fault" role="status">
        {fault}
      </p>
    </form>
  );
}
