import type { Message } from '@carillon/client';
import type { Conversation } from '../conversation.ts';
import { showDialog } from './overlay.tsx';
import { PersonName } from './person-name.tsx';
import { tellFault } from './toast.tsx';

/** Asks before a message is deleted: that cannot be undone. */
export function confirmDeletion(conversation: Conversation, { seq, author, body }: Message): void {
  showDialog('Delete the message?', (close) => (
    <div class="ask">
      <h2>Delete the message?</h2>
      <p>Its text is erased for all, for good. That a message was here stays to be seen.</p>
      <blockquote class="excerpt" dir="auto">
        <strong>
          <PersonName person={author} />:
        </strong>{' '}
        {body}
      </blockquote>
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Keep it
        </button>
        <button
          type="button"
          class="strong grave"
          onClick={() => {
            close();
            conversation.remove(seq).catch(tellFault);
          }}
        >
          Delete
        </button>
      </div>
    </div>
  ));
}
