import { handlesOf } from '@carillon/protocol/text';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import type { Row } from '../state/rows.ts';
import { Byline } from './byline.tsx';
import { Markdown } from './markdown.tsx';
import { QuotedParent } from './quote.tsx';

interface EchoRowProps {
  row: Row & { kind: 'echo' };
  conversation: Conversation;
  chat: Chat;
}

/** A message that was written here and is not stored yet, or could not be. */
export function EchoRow({ row: { echo, leads, parent }, conversation, chat }: EchoRowProps) {
  const { author, sentAt, body, failure, key, replyTo, waiting } = echo;
  return (
    <li class={`said ${leads ? 'leads' : 'follows'} ${failure === undefined ? 'sending' : ''}`}>
      <Byline author={author} at={sentAt} leads={leads}>
        {replyTo !== undefined && (
          <QuotedParent replyTo={replyTo} parent={parent} conversation={conversation} />
        )}
        <Markdown text={body} mine={handlesOf(chat.me.get())} />
        {failure === undefined ? (
          <p class="send-state">{waiting ? 'Will be sent once the connection is back' : 'Sending…'}</p>
        ) : (
          <p class="send-state failed">
            Not sent. {failure}.
            <button type="button" class="link" onClick={() => conversation.retry(key)}>
              Retry
            </button>
            <button type="button" class="link" onClick={() => conversation.discard(key)}>
              Discard
            </button>
          </p>
        )}
      </Byline>
    </li>
  );
}
