import { CarillonError, MAX_NAME_LENGTH } from '@carillon/client';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSubmit } from './use-submit.ts';

interface NameFormProps {
  name: string;
  rename: (name: string) => Promise<void>;
  onDone: () => void;
  title?: string;
}

/** Asks for a display name and sets it. */
export function NameForm({ name, rename, onDone, title }: NameFormProps) {
  const [typed, setTyped] = useState(name);
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  // Before the next key: an effect after the frame would lose the first letters.
  useLayoutEffect(() => field.current?.focus(), []);
  const form = useSubmit(async () => {
    if (typed.trim() === '') return 'Type the name that others will see.';
    await rename(typed.trim());
    onDone();
    return undefined;
  }, nameRefused);
  return (
    <form class="name-form" noValidate onSubmit={form.onSubmit} onInput={form.clear}>
      {title && <h2>{title}</h2>}
      <label for={id}>{title ? 'Name shown with your messages' : 'What should we call you?'}</label>
      <div class="field-row">
        <input
          id={id}
          ref={field}
          value={typed}
          maxLength={MAX_NAME_LENGTH}
          autocomplete="nickname"
          enterkeyhint="done"
          placeholder="Your name"
          aria-invalid={form.fault !== undefined}
          aria-describedby={form.faultId}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" class="strong" aria-disabled={form.busy}>
          Save
        </button>
        <button type="button" class="quiet" onClick={onDone}>
          {title ? 'Cancel' : 'Continue as a guest'}
        </button>
      </div>
      <p id={form.faultId} class="fault" role="status">
        {form.fault}
      </p>
    </form>
  );
}

function nameRefused(error: unknown): string {
  const detail = error instanceof CarillonError ? error.errors[0]?.detail : undefined;
  return detail ? `A name ${detail}.` : 'Your name could not be saved. Try again in a moment.';
}
