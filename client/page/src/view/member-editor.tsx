import type { Member } from '@carillon/client';
import { useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { useSubmit } from './use-submit.ts';

interface MemberEditorProps {
  chat: Chat;
  channel: string;
  members: readonly Member[];
  /** Reads them again. */
  onChange: () => Promise<void>;
}

/** The members of a private channel, with a way to add and remove them. */
export function MemberEditor({ chat, channel, members, onChange }: MemberEditorProps) {
  const [typed, setTyped] = useState('');
  const id = useId();
  const { carillon } = chat;
  const after = async (call: Promise<unknown>) => {
    await call;
    setTyped('');
    await onChange();
    return undefined;
  };
  const form = useSubmit(async () =>
    typed.trim() === '' ? undefined : after(carillon.addMember(channel, { id: typed.trim() })),
  );
  return (
    <section class="members">
      <h3 id={`${id}-title`}>Members</h3>
      <ul aria-labelledby={`${id}-title`}>
        {members.map((member) => (
          <li key={member.id}>
            <span class="member">
              <strong dir="auto">{member.name}</strong>{' '}
              <span class="soft">
                {member.id}
                {member.role === 'owner' && ', owner'}
              </span>
            </span>
            <button
              type="button"
              class="link"
              aria-label={`Remove ${member.name}`}
              onClick={() => void form.run(() => after(carillon.removeMember(channel, member.id)))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form noValidate onSubmit={form.onSubmit}>
        <label for={id}>Add a member by ID</label>
        <div class="field-row">
          <input
            id={id}
            value={typed}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
          <button type="submit" class="strong">
            Add
          </button>
        </div>
      </form>
      <p class="fault" role="status">
        {form.fault}
      </p>
    </section>
  );
}
