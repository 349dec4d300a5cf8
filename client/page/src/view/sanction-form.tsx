import type { Author } from '@carillon/client';
import { useId, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { mayModerateAll } from '../rights.ts';
import { FormDialog } from './form-dialog.tsx';
import { CheckBox, TextField } from './form-fields.tsx';
import { showDialog } from './overlay.tsx';
import { nameInWords } from './person-name.tsx';
import { notify } from './toast.tsx';
import { useSubmit } from './use-submit.ts';

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
/** As much of a reason as fits in a line of the audit log, characters. */
const MAX_REASON = 250;

/** Asks a moderator for how long and why somebody is muted or banned. */
export function showSanctionForm(sanction: Sanction): void {
  const title = `${sanction.kind === 'mute' ? 'Mute' : 'Ban'} ${nameInWords(sanction.author)}`;
  showDialog(title, (close) => <SanctionForm {...sanction} title={title} close={close} />);
}

type SanctionFormProps = Sanction & { title: string; close: () => void };

function SanctionForm({ kind, author, channel, chat, title, close }: SanctionFormProps) {
  const [seconds, setSeconds] = useState<number>(TERMS[1][1]);
  const [reason, setReason] = useState('');
  const [everywhere, setEverywhere] = useState(false);
  const id = useId();
  const { carillon } = chat;
  const mutes = kind === 'mute';
  const name = nameInWords(author);
  const bannedFrom = () => (everywhere ? undefined : channel);
  const after = async (call: Promise<unknown>, said: string) => {
    await call;
    notify(said);
    close();
    return undefined;
  };
  const form = useSubmit(() => {
    const terms = { seconds, reason: reason.trim() };
    return mutes
      ? after(carillon.mute(channel, author.id, terms), `${name} is muted.`)
      : after(carillon.ban(bannedFrom(), author.id, terms), `${name} is banned.`);
  });
  const lift = () =>
    mutes
      ? after(carillon.unmute(channel, author.id), `${name} can write again.`)
      : after(carillon.unban(bannedFrom(), author.id), `${name} is no longer banned.`);
  return (
    <FormDialog
      title={title}
      submit={mutes ? 'Mute' : 'Ban'}
      danger
      form={form}
      close={close}
      choices={
        <button type="button" class="link lift" onClick={() => void form.run(lift)}>
          {mutes ? 'Unmute' : 'Unban'}
        </button>
      }
    >
      <p>
        {mutes
          ? `${name} can still read #${channel}, but cannot write there.`
          : `${name} can no longer read or write, starting now.`}
      </p>
      <label for={`${id}-term`}>Duration</label>
      <select
        id={`${id}-term`}
        value={seconds}
        onChange={(event) => setSeconds(Number(event.currentTarget.value))}
      >
        {TERMS.map(([term, value]) => (
          <option key={value} value={value}>
            {term}
          </option>
        ))}
      </select>
      <TextField
        label="Reason (shown to them, and kept in the audit log)"
        value={reason}
        maxLength={MAX_REASON}
        onText={setReason}
      />
      {!mutes && mayModerateAll(chat.session.get()) && (
        <CheckBox checked={everywhere} onCheck={setEverywhere}>
          In all channels
        </CheckBox>
      )}
    </FormDialog>
  );
}
