import { useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { channelNamed } from '../route.ts';
import { PrivateBox, TopicField } from './channel-fields.tsx';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './form-fields.tsx';
import { showDialog } from './overlay.tsx';
import { useSubmit } from './use-submit.ts';

/**
 * Asks for what a new channel needs, creates it and goes there.
 * @param name what the field for its name begins with.
 */
export function showNewChannel(chat: Chat, name = ''): void {
  showDialog('New channel', (close) => <NewChannel chat={chat} name={name} close={close} />);
}

function NewChannel({ chat, name, close }: { chat: Chat; name: string; close: () => void }) {
  const [typed, setTyped] = useState(name);
  const [topic, setTopic] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const [members, setMembers] = useState('');
  const form = useSubmit(async () => {
    const named = channelNamed(typed);
    if ('fault' in named) return named.fault;
    const ids = isPrivate ? idsIn(members) : [];
    await chat.carillon.createChannel(named.channel, {
      visibility: isPrivate ? 'private' : 'public',
      ...(topic.trim() === '' ? {} : { topic: topic.trim() }),
      ...(ids.length > 0 && { members: ids.map((id) => ({ id })) }),
    });
    close();
    chat.go(named.channel);
    void chat.refresh();
    return undefined;
  });
  return (
    <FormDialog title="New channel" submit="Create" form={form} close={close}>
      <TextField label="Name" focused exact value={typed} placeholder="team" form={form} onText={setTyped} />
      <TopicField label="Topic (optional)" value={topic} onText={setTopic} />
      <PrivateBox checked={isPrivate} onCheck={setPrivate} />
      {isPrivate && (
        <TextField
          label="Members besides you (IDs, separated by commas)"
          exact
          value={members}
          onText={setMembers}
        />
      )}
    </FormDialog>
  );
}

/** Ids that are separated by commas or white space. */
function idsIn(typed: string): string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter((id) => id !== ''))];
}
