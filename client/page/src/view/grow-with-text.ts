/** Makes a field as tall as its text; the style sheet bounds it. */
export function growWithText(field: HTMLTextAreaElement | null): void {
  if (field === null) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
