import type { Message, Revision } from '@carillon/client';
import { useEffect, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { errorText } from '../error-text.ts';
import { dateAndTime } from '../state/times.ts';
import { InfoDialog } from './form-dialog.tsx';
import { Markdown } from './markdown.tsx';
import { showDialog } from './overlay.tsx';
import { PersonName } from './person-name.tsx';

/** Shows the texts that a message has had, the newest first. */
export function showRevisions(chat: Chat, message: Message): void {
  showDialog('Edit history', (close) => <Revisions chat={chat} message={message} close={close} />);
}

interface RevisionsProps {
  chat: Chat;
  message: Message;
  close: () => void;
}

function Revisions({ chat, message: { channel, seq }, close }: RevisionsProps) {
  const [revisions, setRevisions] = useState<readonly Revision[]>();
  const [fault, setFault] = useState<string>();
  useEffect(() => {
    chat.carillon.revisions(channel, seq).then(
      (found) => setRevisions(found.revisions.toReversed()),
      (error: unknown) => setFault(`${errorText(error)}.`),
    );
  }, []);
  return (
    <InfoDialog title="Edit history" close={close}>
      <ol class="revisions">
        {revisions?.map((revision) => (
          <li key={revision.seq}>
            <p class="soft">
              <time dateTime={revision.createdAt}>{dateAndTime(revision.createdAt)}</time>,{' '}
              <PersonName person={revision.author} />
            </p>
            <Markdown text={revision.body} />
          </li>
        ))}
      </ol>
      <p class={fault === undefined ? 'soft' : 'fault'} role="status">
        {fault ?? (revisions === undefined && 'Loading…')}
      </p>
    </InfoDialog>
  );
}
