import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';
import { inWords } from '../problem-words.ts';
import { fullDay } from '../state/times.ts';
import { showDialog } from './overlay.tsx';

/** Asks for a day and shows what was said from its beginning on. */
export function showJumpToDate(conversation: Conversation): void {
  showDialog('Go to a date', (close) => <JumpToDate conversation={conversation} close={close} />);
}

function JumpToDate({ conversation, close }: { conversation: Conversation; close: () => void }) {
  const [day, setDay] = useState(isoDay(new Date()));
  const [fault, setFault] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  useEffect(() => field.current?.focus(), []);
  const start = startOf(day);
  const go = async () => {
    if (start === undefined) return setFault('Choose a day.');
    try {
      await conversation.toDate(start);
      close();
    } catch (error) {
      setFault(`${inWords(error)}.`);
    }
  };
  return (
    <form
      class="ask"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void go();
      }}
    >
      <h2>Go to a date</h2>
      <label for={id}>The day, in the time of this device</label>
      <input
        id={id}
        ref={field}
        type="date"
        value={day}
        max={isoDay(new Date())}
        onInput={(event) => {
          setFault(undefined);
          setDay(event.currentTarget.value);
        }}
      />
      {/* The field is written as the browser is set; this as everything else on the page. */}
      <p class={fault === undefined ? 'soft' : 'fault'} role="status">
        {fault ?? (start && fullDay(start))}
      </p>
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="strong">
          Go
        </button>
      </div>
    </form>
  );
}

/** Its first moment by this device's clock; undefined where it is no day. */
function startOf(day: string): Date | undefined {
  const [year = Number.NaN, month = 1, date = 1] = day.split('-').map(Number);
  const start = new Date(year, month - 1, date);
  return Number.isNaN(start.getTime()) ? undefined : start;
}

/** The day as this device's clock has it, as a date field takes it. */
function isoDay(date: Date): string {
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
