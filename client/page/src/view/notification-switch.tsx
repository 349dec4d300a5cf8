import { useState } from 'preact/hooks';
import { CheckBox } from './form-fields.tsx';
import { notifications } from './notifications.ts';

/** Turns notifications on and off. The browser asks for leave only when they are turned on. */
export function NotificationSwitch() {
  const [state, setState] = useState(notifications.state());
  if (state === 'impossible') return null;
  const turn = async () =>
    setState(await (state === 'on' ? notifications.turnOff() : notifications.turnOn()));
  return (
    <div>
      <CheckBox checked={state === 'on'} disabled={state === 'forbidden'} onCheck={() => void turn()}>
        Notify me of mentions and new messages while this page is in the background
      </CheckBox>
      {state === 'forbidden' && (
        <p class="soft">Notifications are blocked. Allow them for this site in your browser's settings.</p>
      )}
    </div>
  );
}
