/** A text in which ranges were found, which are shown as marks. */
export function Highlighted({ text }: { text: string }) {
  return (
    <p class="excerpt" dir="auto">
      {text}
    </p>
  );
}
