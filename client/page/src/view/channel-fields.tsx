import { CheckBox, TextField } from './form-fields.tsx';

/** A line of text, as the server bounds it, characters. */
const MAX_TOPIC_LENGTH = 250;

interface TopicFieldProps {
  label: string;
  value: string;
  readOnly?: boolean;
  onText: (text: string) => void;
}

/** What a channel is about. */
export function TopicField({ label, value, readOnly = false, onText }: TopicFieldProps) {
  return (
    <TextField label={label} value={value} maxLength={MAX_TOPIC_LENGTH} readOnly={readOnly} onText={onText} />
  );
}

interface PrivateBoxProps {
  checked: boolean;
  disabled?: boolean;
  onCheck: (checked: boolean) => void;
}

/** Whether a channel is for its members alone. */
export function PrivateBox(props: PrivateBoxProps) {
  return <CheckBox {...props}>Private: only members can see this channel</CheckBox>;
}
