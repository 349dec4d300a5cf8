import { useState } from 'preact/hooks';
import { notifications } from './notifications.ts';

/** Turns notifications on and off. The browser asks for leave only when they are turned on. */
export function NotificationSwitch() {
  const [state, setState] = useState(notifications.state());
  if (state === 'impossible') return null;
  const turn = async () =>
    setState(await (state === 'on' ? notifications.turnOff() : notifications.turnOn()));
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          checked={state === 'on'}
          disabled={state === 'forbidden'}
          onChange={() => void turn()}
        />
        Notify me of mentions and new messages while I look elsewhere
      </label>
      {state === 'forbidden' && (
        <p class="soft">This browser does not let the page notify you. Its settings for this site say so.</p>
      )}
    </div>
  );
}
