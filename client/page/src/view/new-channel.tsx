import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { inWords } from '../problem-words.ts';
import { channelNamed } from '../route.ts';
import { showDialog } from './overlay.tsx';

/** A line of text, as the server bounds it. */
const MAX_TOPIC_LENGTH = 250;

/** Asks for what a new channel needs, makes it and goes there. */
export function showNewChannel(chat: Chat, name = ''): void {
  showDialog('New channel', (close) => <NewChannel chat={chat} name={name} close={close} />);
}

function NewChannel({ chat, name, close }: { chat: Chat; name: string; close: () => void }) {
  const [typed, setTyped] = useState(name);
  const [topic, setTopic] = useState('');
  const [isPrivate, setPrivate] = useState(false);
  const [members, setMembers] = useState('');
  const [fault, setFault] = useState<string>();
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);
  const create = async () => {
    const named = channelNamed(typed);
    if ('fault' in named) return setFault(named.fault);
    setBusy(true);
    try {
      await chat.carillon.createChannel(named.channel, {
        visibility: isPrivate ? 'private' : 'public',
        ...(topic.trim() === '' ? {} : { topic: topic.trim() }),
        ...(isPrivate && idsIn(members).length > 0
          ? { members: idsIn(members).map((each) => ({ id: each })) }
          : {}),
      });
      close();
      chat.go(named.channel);
      void chat.refresh();
    } catch (error) {
      setFault(`${inWords(error)}.`);
      setBusy(false);
    }
  };
  return (
    <form
      class="ask"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void create();
      }}
    >
      <h2>New channel</h2>
      <label for={`${id}-name`}>Name</label>
      <input
        id={`${id}-name`}
        ref={field}
        value={typed}
        placeholder="team"
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        aria-invalid={fault !== undefined}
        aria-describedby={`${id}-fault`}
        onInput={(event) => {
          setFault(undefined);
          setTyped(event.currentTarget.value);
        }}
      />
      <label for={`${id}-topic`}>What it is about (may be left out)</label>
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
      {isPrivate && (
        <>
          <label for={`${id}-members`}>Members besides you, by id, one after the other</label>
          <input
            id={`${id}-members`}
            value={members}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            onInput={(event) => setMembers(event.currentTarget.value)}
          />
        </>
      )}
      <p id={`${id}-fault`} class="fault" role="status">
        {fault}
      </p>
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="strong" aria-disabled={busy}>
          Create
        </button>
      </div>
    </form>
  );
}

/** Ids that are separated by commas or white space. */
function idsIn(typed: string): string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter((id) => id !== ''))];
}
