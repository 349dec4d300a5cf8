import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Submit } from './use-submit.ts';

interface TextFieldProps {
  label: string;
  value: string;
  onText: (text: string) => void;
  /** It takes a date, up to this one: YYYY-MM-DD. */
  latest?: string;
  maxLength?: number;
  placeholder?: string;
  readOnly?: boolean;
  /** Has the focus once it is there. */
  focused?: boolean;
  /** An id or a name that a program reads: nothing corrects it. */
  exact?: boolean;
  /** The form that says what is wrong with what is typed. */
  form?: Submit;
}

/** A label and its field of one line. */
export function TextField({
  label,
  onText,
  focused = false,
  exact = false,
  latest,
  form,
  ...input
}: TextFieldProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => (focused ? field.current?.focus() : undefined), []);
  return (
    <>
      <label for={id}>{label}</label>
      <input
        {...input}
        {...(latest === undefined ? ({ type: 'text' } as const) : ({ type: 'date', max: latest } as const))}
        {...(exact && { autocapitalize: 'none', spellcheck: false })}
        {...(form && { 'aria-invalid': form.fault !== undefined, 'aria-describedby': form.faultId })}
        id={id}
        ref={field}
        autocomplete="off"
        onInput={(event) => onText(event.currentTarget.value)}
      />
    </>
  );
}

interface CheckBoxProps {
  checked: boolean;
  disabled?: boolean;
  onCheck: (checked: boolean) => void;
  children: ComponentChildren;
}

/** A box to check, and what it means. */
export function CheckBox({ checked, disabled = false, onCheck, children }: CheckBoxProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        disabled={disabled}
        onChange={(event) => onCheck(event.currentTarget.checked)}
      />
      {children}
    </label>
  );
}
