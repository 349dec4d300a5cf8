import type { Author } from '@carillon/client';
import { useEffect, useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { inWords } from '../problem-words.ts';

/** More are rarely read one by one; the rest are managed by call. */
const LISTED_MEMBERS = 100;

/** The people of a private channel, to be added and removed. */
export function MemberEditor({ chat, channel }: { chat: Chat; channel: string }) {
  const [members, setMembers] = useState<readonly Author[]>();
  const [typed, setTyped] = useState('');
  const [fault, setFault] = useState<string>();
  const id = useId();
  const { carillon } = chat;
  const read = async () => {
    try {
      setMembers((await carillon.members(channel, { limit: LISTED_MEMBERS })).members);
    } catch (error) {
      setFault(`${inWords(error)}.`);
    }
  };
  useEffect(() => void read(), []);
  const change = async (call: Promise<void>) => {
    try {
      await call;
      setFault(undefined);
      setTyped('');
      await read();
    } catch (error) {
      setFault(`${inWords(error)}.`);
    }
  };
  return (
    <section class="members">
      <h3 id={`${id}-title`}>Members</h3>
      <ul aria-labelledby={`${id}-title`}>
        {(members ?? []).map((member) => (
          <li key={member.id}>
            <span class="member">
              <strong dir="auto">{member.name}</strong> <span class="soft">{member.id}</span>
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
          if (typed.trim() !== '') void change(carillon.addMember(channel, typed.trim()));
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
