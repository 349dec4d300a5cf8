import type { Conversation } from '../conversation.ts';
import type { Quote } from '../state/rows.ts';
import { ReplyIcon } from './icons.tsx';
import { PersonName } from './person-name.tsx';
import { notify } from './toast.tsx';

/** As much of a quoted message as fits in a line, characters. */
const EXCERPT = 200;

/** What a message answers, in one line that leads there. */
export function QuotedParent(props: { replyTo: number; parent: Quote; conversation: Conversation }) {
  const { replyTo, parent, conversation } = props;
  if (parent === 'missing' || (parent && parent.deletedAt !== undefined))
    return (
      <p class="quoted gone">
        <ReplyIcon />{' '}
        {parent === 'missing' ? 'Reply to a message that is no longer kept' : 'Reply to a deleted message'}
      </p>
    );
  const go = async () => {
    if (!(await conversation.toMessage(replyTo))) notify('That message is no longer kept.');
  };
  return (
    <button type="button" class="quoted" tabIndex={-1} onClick={() => void go()}>
      <ReplyIcon />
      <span class="sr-only">Reply to </span>
      {parent ? (
        <span class="quoted-text" dir="auto">
          <strong>
            <PersonName person={parent.author} />
          </strong>{' '}
          {parent.body.slice(0, EXCERPT)}
        </span>
      ) : (
        <span class="quoted-text">an earlier message</span>
      )}
    </button>
  );
}
