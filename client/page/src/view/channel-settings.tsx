import { useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { inWords } from '../problem-words.ts';
import { MemberEditor } from './member-editor.tsx';
import { showDialog } from './overlay.tsx';

const MAX_TOPIC_LENGTH = 250;

/** Lets who may do so say what a channel is about, who reads it, and whether it takes messages. */
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
  const id = useId();
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
          onInput={(event) => setTopic(event.currentTarget.value)}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={isPrivate}
            onChange={(event) => setPrivate(event.currentTarget.checked)}
          />
          Private: only its members see that it is there
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={archived}
            onChange={(event) => setArchived(event.currentTarget.checked)}
          />
          Archived: it can be read, and takes nothing new
        </label>
        <p class="fault" role="status">
          {fault}
        </p>
        <div class="choices">
          <button type="button" class="quiet" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="strong">
            Save
          </button>
        </div>
      </form>
      {now.visibility === 'private' && <MemberEditor chat={chat} channel={channel} />}
    </>
  );
}
