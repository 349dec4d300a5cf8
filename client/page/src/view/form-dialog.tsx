import type { ComponentChildren } from 'preact';
import type { Submit } from './use-submit.ts';

interface FormDialogProps {
  title: string;
  form: Submit;
  /** What the button is called that submits; undefined where the person may only look. */
  submit: string | undefined;
  /** What it does cannot be undone, or hurts. */
  danger?: boolean;
  close: () => void;
  /** Said while nothing is wrong. */
  hint?: ComponentChildren;
  /** More buttons, before the others. */
  choices?: ComponentChildren;
  children: ComponentChildren;
}

/** The form of a dialog: its title, its fields, what is wrong with them, and the buttons. */
export function FormDialog({
  title,
  form,
  submit,
  danger = false,
  close,
  hint,
  choices,
  children,
}: FormDialogProps) {
  const { fault, faultId } = form;
  return (
    <form class="ask" noValidate onSubmit={form.onSubmit} onInput={form.clear}>
      <h2>{title}</h2>
      {children}
      <p id={faultId} class={fault === undefined && hint !== undefined ? 'soft' : 'fault'} role="status">
        {fault ?? hint}
      </p>
      <div class="choices">
        {choices}
        <button type="button" class="quiet" onClick={close}>
          {submit === undefined ? 'Close' : 'Cancel'}
        </button>
        {submit !== undefined && (
          <button type="submit" class={danger ? 'strong danger' : 'strong'} aria-disabled={form.busy}>
            {submit}
          </button>
        )}
      </div>
    </form>
  );
}

/** A dialog that only shows something. */
export function InfoDialog(props: { title: string; close: () => void; children: ComponentChildren }) {
  const { title, close, children } = props;
  return (
    <div class="ask">
      <h2>{title}</h2>
      {children}
      <div class="choices">
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
    </div>
  );
}
