import { useState } from 'preact/hooks';
import type { Conversation } from '../conversation.ts';
import { fullDay } from '../state/times.ts';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './form-fields.tsx';
import { showDialog } from './overlay.tsx';
import { useSubmit } from './use-submit.ts';

/** Asks for a day and shows what was said from its beginning on. */
export function showJumpToDate(conversation: Conversation): void {
  showDialog('Go to a date', (close) => <JumpToDate conversation={conversation} close={close} />);
}

function JumpToDate({ conversation, close }: { conversation: Conversation; close: () => void }) {
  const [day, setDay] = useState(isoDay(new Date()));
  const start = startOf(day);
  const form = useSubmit(async () => {
    if (start === undefined) return 'Choose a day.';
    await conversation.toDate(start);
    close();
    return undefined;
  });
  return (
    // The field shows the day as the browser is set; the hint as everything else on the page.
    <FormDialog title="Go to a date" submit="Go" form={form} close={close} hint={start && fullDay(start)}>
      <TextField
        label="Day (in this device's time zone)"
        focused
        form={form}
        value={day}
        latest={isoDay(new Date())}
        onText={setDay}
      />
    </FormDialog>
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
