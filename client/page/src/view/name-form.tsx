import { CarillonError, MAX_NAME_LENGTH } from '@carillon/client';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

interface NameFormProps {
  name: string;
  rename: (name: string) => Promise<void>;
  onDone: () => void;
  title?: string;
}

/** Asks for a display name and sets it. */
export function NameForm({ name, rename, onDone, title }: NameFormProps) {
  const [typed, setTyped] = useState(name);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  // Before the next key: an effect after the frame would lose the first letters.
  useLayoutEffect(() => field.current?.focus(), []);
  const save = async () => {
    if (typed.trim() === '') return setFault('Type the name others will see.');
    setBusy(true);
    try {
      await rename(typed.trim());
      onDone();
    } catch (error) {
      const detail = error instanceof CarillonError ? error.errors[0]?.detail : undefined;
      setFault(detail ? `A name ${detail}.` : 'That could not be saved. Try again in a moment.');
      setBusy(false);
    }
  };
  return (
    <form
      class="name-form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void save();
      }}
    >
      {title && <h2>{title}</h2>}
      <label for={id}>{title ? 'What others see beside what you write' : 'What should we call you?'}</label>
      <div class="field-row">
        <input
          id={id}
          ref={field}
          value={typed}
          maxLength={MAX_NAME_LENGTH}
          autocomplete="nickname"
          enterkeyhint="done"
          placeholder="Your name"
          aria-invalid={fault !== undefined}
          aria-describedby={`${id}-fault`}
          onInput={(event) => {
            setFault(undefined);
            setTyped(event.currentTarget.value);
          }}
        />
        <button type="submit" class="strong" aria-disabled={busy}>
          Save
        </button>
        <button type="button" class="quiet" onClick={onDone}>
          {title ? 'Cancel' : 'Stay a guest'}
        </button>
      </div>
      <p id={`${id}-fault`} class="fault" role="status">
        {fault}
      </p>
    </form>
  );
}
