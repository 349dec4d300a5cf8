import type { Message } from '@carillon/client';
import { handlesOf } from '@carillon/protocol/text';
import { useEffect, useRef } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import type { Row } from '../state/rows.ts';
import { useStore } from '../state/store.ts';
import { fullTime } from '../state/times.ts';
import { Byline } from './byline.tsx';
import { EditForm } from './edit-form.tsx';
import { focusComposer } from './focus-composer.ts';
import { IconButton } from './icon-button.tsx';
import { MoreIcon } from './icons.tsx';
import { Markdown } from './markdown.tsx';
import { type Action, showMenu } from './menu.tsx';
import { messageMenu } from './message-menu.tsx';
import { nameInWords } from './person-name.tsx';
import { QuotedParent } from './quote.tsx';
import { Reactions } from './reactions.tsx';

interface StoredMessageRowProps {
  row: Row & { kind: 'message' };
  conversation: Conversation;
  chat: Chat;
}

/** A stored message. Enter opens its menu, a letter does one thing of it, Escape goes back to writing. */
export function StoredMessageRow({
  row: { message, leads, parent },
  conversation,
  chat,
}: StoredMessageRowProps) {
  const element = useRef<HTMLLIElement>(null);
  const isEdited = useStore(conversation.composition.editing)?.seq === message.seq;
  const marked = useStore(conversation.marked);
  const isMarked = marked?.seq === message.seq;
  useEffect(() => {
    if (isMarked) element.current?.focus({ preventScroll: true });
  }, [isMarked && marked]);

  const actions = () => {
    const row = element.current;
    return row === null ? [] : messageMenu({ message, conversation, chat, row });
  };
  const openMenu = (anchor: Element) =>
    showMenu(anchor, `Message from ${nameInWords(message.author)}`, actions());
  const pressed = (event: KeyboardEvent) => {
    const row = element.current;
    if (row === null || event.target !== row || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions().find(({ keys }) => keys?.toLowerCase() === keyName(event.key));
    if (event.key === 'Escape') focusComposer();
    else if (event.key === 'Enter' || event.key === 'ContextMenu') openMenu(row);
    else if (action) action.act();
    else return;
    event.preventDefault();
  };
  return (
    <li
      ref={element}
      class={`said ${leads ? 'leads' : 'follows'} ${isMarked ? 'marked' : ''}`}
      data-seq={message.seq}
      onKeyDown={pressed}
    >
      <Byline author={message.author} at={message.createdAt} leads={leads}>
        {message.replyTo !== undefined && (
          <QuotedParent replyTo={message.replyTo} parent={parent} conversation={conversation} />
        )}
        {isEdited ? (
          <EditForm message={message} conversation={conversation} />
        ) : (
          <Body message={message} chat={chat} />
        )}
        <Reactions message={message} conversation={conversation} chat={chat} />
      </Byline>
      <RowTools actions={actions} onMore={openMenu} />
    </li>
  );
}

/** What a mouse does most, and the rest. The keyboard has them all in the menu, by Enter. */
function RowTools({ actions, onMore }: { actions: () => Action[]; onMore: (anchor: Element) => void }) {
  const quick = actions().filter(({ keys }) => keys === '+' || keys === 'R');
  return (
    <div class="tools">
      {quick.map(({ name, icon, act }) => (
        <IconButton key={name} class="tool" tabIndex={-1} name={name} onClick={act}>
          {icon}
        </IconButton>
      ))}
      <IconButton class="tool" tabIndex={-1} name="More actions" opensMenu onClick={onMore}>
        <MoreIcon />
      </IconButton>
    </div>
  );
}

function Body({ message, chat }: { message: Message; chat: Chat }) {
  if (message.deletedAt !== undefined) return <p class="tombstone">This message was deleted.</p>;
  return (
    <>
      <Markdown text={message.body} mine={handlesOf(chat.me.get())} />
      {message.editedAt !== undefined && (
        <span class="edited" title={fullTime(message.editedAt)}>
          (edited)
        </span>
      )}
    </>
  );
}

function keyName(key: string): string {
  return key === 'Delete' ? 'del' : key.toLowerCase();
}
