import type { Author } from '@carillon/client';
import { useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { inWords } from '../problem-words.ts';
import { mayModerateAll } from '../rights.ts';
import { showDialog } from './overlay.tsx';
import { nameInWords } from './person-name.tsx';
import { tell } from './toast.tsx';

interface Sanction {
  kind: 'mute' | 'ban';
  author: Author;
  channel: string;
  chat: Chat;
}

/** For how long, seconds. */
const TERMS = [
  ['10 minutes', 600],
  ['1 hour', 3_600],
  ['1 day', 86_400],
  ['1 week', 604_800],
  ['30 days', 2_592_000],
] as const;
/** As much of a reason as fits in a line of the audit. */
const MAX_REASON = 250;

/** Asks a moderator for how long and why somebody is to be silent, or to go. */
export function showSanctionForm(sanction: Sanction): void {
  const title = `${sanction.kind === 'mute' ? 'Mute' : 'Ban'} ${nameInWords(sanction.author)}`;
  showDialog(title, (close) => <SanctionForm {...sanction} title={title} close={close} />);
}

function SanctionForm({
  kind,
  author,
  channel,
  chat,
  title,
  close,
}: Sanction & { title: string; close: () => void }) {
  const [seconds, setSeconds] = useState<number>(TERMS[1][1]);
  const [reason, setReason] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const [fault, setFault] = useState<string>();
  const id = useId();
  const { carillon } = chat;
  const run = async (call: Promise<unknown>, said: string) => {
    try {
      await call;
      tell(said);
      close();
    } catch (error) {
      setFault(`${inWords(error)}.`);
    }
  };
  const impose = () => {
    const terms = { seconds, reason: reason.trim() };
    if (kind === 'mute')
      return run(carillon.mute(channel, author.id, terms), `${nameInWords(author)} is muted.`);
    return run(
      carillon.ban(everywhere ? undefined : channel, author.id, terms),
      `${nameInWords(author)} is banned.`,
    );
  };
  const lift = () => {
    if (kind === 'mute')
      return run(carillon.unmute(channel, author.id), `${nameInWords(author)} may write again.`);
    return run(
      carillon.unban(everywhere ? undefined : channel, author.id),
      `${nameInWords(author)} may come back.`,
    );
  };
  return (
    <form
      class="ask"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void impose();
      }}
    >
      <h2>{title}</h2>
      <p>
        {kind === 'mute'
          ? `Who is muted reads #${channel} and does not write there.`
          : 'Who is banned neither reads nor writes, from this moment on.'}
      </p>
      <label for={`${id}-term`}>For</label>
      <select
        id={`${id}-term`}
        value={seconds}
        onChange={(event) => setSeconds(Number(event.currentTarget.value))}
      >
        {TERMS.map(([name, value]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <label for={`${id}-reason`}>Because (they are told, and it is noted)</label>
      <input
        id={`${id}-reason`}
        value={reason}
        maxLength={MAX_REASON}
        autocomplete="off"
        onInput={(event) => setReason(event.currentTarget.value)}
      />
      {kind === 'ban' && mayModerateAll(chat.session.get()) && (
        <label class="check">
          <input
            type="checkbox"
            checked={everywhere}
            onChange={(event) => setEverywhere(event.currentTarget.checked)}
          />
          From all channels
        </label>
      )}
      <p class="fault" role="status">
        {fault}
      </p>
      <div class="choices">
        <button type="button" class="link lift" onClick={() => void lift()}>
          {kind === 'mute' ? 'End a mute' : 'End a ban'}
        </button>
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="strong grave">
          {kind === 'mute' ? 'Mute' : 'Ban'}
        </button>
      </div>
    </form>
  );
}
