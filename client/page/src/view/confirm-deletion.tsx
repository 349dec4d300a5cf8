import type { Message } from '@carillon/client';
import type { Conversation } from '../conversation.ts';
import { showDialog } from './overlay.tsx';
import { PersonName } from './person-name.tsx';
import { notifyFault } from './toast.tsx';

/** Asks before a message is deleted: that cannot be undone. */
export function confirmDeletion(conversation: Conversation, { seq, author, body }: Message): void {
  showDialog('Delete this message?', (close) => (
    <div class="ask">
      <h2>Delete this message?</h2>
      <p>The text is erased for everyone and cannot be restored. A note that a message was deleted stays.</p>
      <blockquote class="excerpt" dir="auto">
        <strong>
          <PersonName person={author} />:
        </strong>{' '}
        {body}
      </blockquote>
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          class="strong danger"
          onClick={() => {
            close();
            conversation.remove(seq).catch(notifyFault);
          }}
        >
          Delete
        </button>
      </div>
    </div>
  ));
}
