import { bodyFits, MAX_REQUEST_BYTES } from '@carillon/client';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { isOwn } from '../rights.ts';
import { useStore } from '../state/store.ts';
import { growWithText } from './grow-with-text.ts';
import { IconButton } from './icon-button.tsx';
import { CloseIcon, SendIcon } from './icons.tsx';
import { PersonName } from './person-name.tsx';
import { useMedia } from './use-media.ts';

interface ComposerProps {
  conversation: Conversation;
  chat: Chat;
}

/** Where a message is written. Enter sends, Shift+Enter begins a new line, an arrow up in an empty field changes the last. */
export function Composer({ conversation, chat }: ComposerProps) {
  const { replying, editing, text: written } = conversation.composition;
  const text = useStore(written);
  const field = useRef<HTMLTextAreaElement>(null);
  const mouse = useMedia('(pointer: fine)');
  const body = text.trimEnd();
  const fits = bodyFits(body);

  useLayoutEffect(() => growWithText(field.current), [text]);
  // On a phone, focus would bring up the keyboard over what is to be read.
  useEffect(() => (mouse ? field.current?.focus({ preventScroll: true }) : undefined), []);

  const write = (next: string) => {
    written.set(next);
    if (next !== '') conversation.typed();
  };
  const send = () => {
    field.current?.focus();
    if (body.trim() === '' || !fits) return;
    conversation.send(body, chat.me.get(), replying.get());
    replying.set(undefined);
    write('');
    void conversation.toNewest();
  };
  const editLast = (): boolean => {
    const session = chat.session.get();
    const last = conversation.timeline
      .get()
      .messages.findLast((message) => isOwn(session, message) && message.deletedAt === undefined);
    if (last !== undefined) editing.set({ seq: last.seq });
    return last !== undefined;
  };
  const pressed = (event: KeyboardEvent) => {
    // While an input method composes, Enter chooses a word; Alt with an arrow goes to another channel.
    if (event.isComposing || event.altKey) return;
    if (event.key === 'Enter' && !event.shiftKey) send();
    else if (event.key === 'Escape' && replying.get() !== undefined) replying.set(undefined);
    else if (!(event.key === 'ArrowUp' && text === '' && editLast())) return;
    event.preventDefault();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <ReplyingTo conversation={conversation} />
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
        onKeyDown={pressed}
      />
      <button type="submit" class="send" aria-label="Send" aria-disabled={body.trim() === '' || !fits}>
        <SendIcon />
      </button>
      <p id="message-hint" class={fits ? 'sr-only' : 'fault'} role="status">
        {fits ? '' : `Too long: a message can have up to ${MAX_REQUEST_BYTES / 1024} KiB.`}
      </p>
    </form>
  );
}

/** The message that is replied to, and a way to cancel that. */
function ReplyingTo({ conversation }: { conversation: Conversation }) {
  const { replying } = conversation.composition;
  const seq = useStore(replying);
  const { messages } = useStore(conversation.timeline);
  if (seq === undefined) return null;
  const message = messages.find((each) => each.seq === seq);
  return (
    <div class="replying">
      <p>
        Reply to{' '}
        {message ? (
          <>
            <strong dir="auto">
              <PersonName person={message.author} />
            </strong>{' '}
            <span dir="auto">{message.body.slice(0, 200)}</span>
          </>
        ) : (
          'an earlier message'
        )}
      </p>
      <IconButton name="Cancel reply" onClick={() => replying.set(undefined)}>
        <CloseIcon />
      </IconButton>
    </div>
  );
}
