import type { Member } from '@carillon/client';
import { useEffect, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { mayModerate } from '../rights.ts';
import { PrivateBox, TopicField } from './channel-fields.tsx';
import { FormDialog } from './form-dialog.tsx';
import { CheckBox } from './form-fields.tsx';
import { MemberEditor } from './member-editor.tsx';
import { showDialog } from './overlay.tsx';
import { useSubmit } from './use-submit.ts';

/** More are rarely read one by one; the rest are managed through the API. */
const LISTED_MEMBERS = 100;

/** Shows a channel's topic, who can see it and whether it takes messages; its owners and moderators can change that. */
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
  const [members, setMembers] = useState<readonly Member[]>([]);
  const session = chat.session.get();
  const able =
    mayModerate(session, channel) || members.some((each) => each.id === session.id && each.role === 'owner');
  const readMembers = async () => {
    // Members are shown to people who may change something here; to others the list stays empty.
    const found = await chat.carillon.members(channel, { limit: LISTED_MEMBERS }).catch(() => undefined);
    setMembers(found?.members ?? []);
  };
  useEffect(() => void readMembers(), []);
  const form = useSubmit(async () => {
    const next = { topic: topic.trim(), archived, visibility: isPrivate ? 'private' : 'public' } as const;
    await chat.carillon.updateChannel(channel, {
      ...(next.topic !== (now.topic ?? '') && { topic: next.topic }),
      ...(next.visibility !== now.visibility && { visibility: next.visibility }),
      ...(archived !== now.archived && { archived }),
    });
    conversation.settings.set(next);
    close();
    void chat.refresh();
    return undefined;
  });
  return (
    <>
      <FormDialog title={`#${channel}`} submit={able ? 'Save' : undefined} form={form} close={close}>
        <TopicField label="Topic" value={topic} readOnly={!able} onText={setTopic} />
        <PrivateBox checked={isPrivate} disabled={!able} onCheck={setPrivate} />
        <CheckBox checked={archived} disabled={!able} onCheck={setArchived}>
          Archived: read-only, no new messages
        </CheckBox>
      </FormDialog>
      {!able && <p class="soft">Only owners and moderators can change these settings.</p>}
      {able && now.visibility === 'private' && (
        <MemberEditor chat={chat} channel={channel} members={members} onChange={readMembers} />
      )}
    </>
  );
}
