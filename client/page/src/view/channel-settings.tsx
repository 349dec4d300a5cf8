import type { Member } from '@carillon/client';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { inWords } from '../problem-words.ts';
import { mayModerate } from '../rights.ts';
import { MemberEditor } from './member-editor.tsx';
import { showDialog } from './overlay.tsx';

const MAX_TOPIC_LENGTH = 250;
/** More are rarely read one by one; the rest are managed by call. */
const LISTED_MEMBERS = 100;

/** Shows what a channel is about, who reads it and whether it takes messages; its owners and moderators change that. */
export function showChannelSettings(chat: Chat, conversation: Conversation): void {
  showDialog('Channel settings', (close) => (
    <ChannelSettings chat={chat} conversation={conversation} close={close} />
  ));
}

interface Props {
  chat: Chat;
  conversation: Conversation;
  close: () => void;
}

function ChannelSettings({ chat, conversation, close }: Props) {
  const { channel } = conversation;
  const now = conversation.settings.get();
  const [topic, setTopic] = useState(now.topic ?? '');
  const [isPrivate, setPrivate] = useState(now.visibility === 'private');
  const [archived, setArchived] = useState(now.archived);
  const [fault, setFault] = useState<string>();
  const [members, setMembers] = useState<readonly Member[]>([]);
  const id = useId();
  const session = chat.session.get();
  const able =
    mayModerate(session, channel) || members.some((each) => each.id === session.id && each.role === 'owner');
  const readMembers = async () => {
    // Who may not see them is not one who changes anything here.
    const found = await chat.carillon.members(channel, { limit: LISTED_MEMBERS }).catch(() => undefined);
    setMembers(found?.members ?? []);
  };
  useEffect(() => void readMembers(), []);
  const save = async () => {
    try {
      await chat.carillon.updateChannel(channel, {
        ...(topic.trim() === (now.topic ?? '') ? {} : { topic: topic.trim() }),
        ...(isPrivate === (now.visibility === 'private')
          ? {}
          : { visibility: isPrivate ? 'private' : 'public' }),
        ...(archived === now.archived ? {} : { archived }),
      });
      conversation.settings.set({
        topic: topic.trim(),
        archived,
        visibility: isPrivate ? 'private' : 'public',
      });
      close();
      void chat.refresh();
    } catch (error) {
      setFault(`${inWords(error)}.`);
    }
  };
  return (
    <>
      <form
        class="ask"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <h2>#{channel}</h2>
        <label for={`${id}-topic`}>What it is about</label>
        <input
          id={`${id}-topic`}
          value={topic}
          maxLength={MAX_TOPIC_LENGTH}
          autocomplete="off"
          readOnly={!able}
          onInput={(event) => setTopic(event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={isPrivate}
            disabled={!able}
            onChange={(event) => setPrivate(event.currentTarget.checked)}
          />
          Private: only its members see that it is there
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={archived}
            disabled={!able}
            onChange={(event) => setArchived(event.currentTarget.checked)}
          />
          Archived: it can be read, and takes nothing new
        </label>
        <p class="fault" role="status">
          {fault}
        </p>
        <div class="choices">
          <button type="button" class="quiet" onClick={close}>
            {able ? 'Cancel' : 'Close'}
          </button>
          {able && (
            <button type="submit" class="strong">
              Save
            </button>
          )}
        </div>
      </form>
      {!able && <p class="soft">Its owners and moderators change this.</p>}
      {able && now.visibility === 'private' && (
        <MemberEditor chat={chat} channel={channel} members={members} onChange={readMembers} />
      )}
    </>
  );
}
