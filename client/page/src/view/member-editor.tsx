import type { Member } from '@carillon/client';
import { useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { inWords } from '../problem-words.ts';

interface MemberEditorProps {
  chat: Chat;
  channel: string;
  members: readonly Member[];
  /** Reads them anew. */
  onChange: () => Promise<void>;
}

/** The people of a private channel, to be added and removed. */
export function MemberEditor({ chat, channel, members, onChange }: MemberEditorProps) {
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string>();
  const id = useId();
  const { carillon } = chat;
  const change = async (call: Promise<unknown>) => {
    try {
      await call;
      setFault(undefined);
      setTyped('');
      await onChange();
    } catch (error) {
      setFault(`${inWords(error)}.`);
    }
  };
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
              onClick={() => void change(carillon.removeMember(channel, member.id))}
            >
              Remove
            </button>
          </li>
        ))}
      </ul>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (typed.trim() !== '') void change(carillon.addMember(channel, { id: typed.trim() }));
        }}
      >
        <label for={id}>Add somebody, by id</label>
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
        {fault}
      </p>
    </section>
  );
}
