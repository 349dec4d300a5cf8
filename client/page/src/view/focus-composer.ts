/** The field a message is written in. */
export function focusComposer(): void {
  document.getElementById('message')?.focus();
}
