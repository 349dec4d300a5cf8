/** A piece of a text; `match`: what was looked for. */
interface Segment {
  text: string;
  match?: boolean;
}

/** A text in which what was found is marked. */
export function Highlighted({ segments }: { segments: readonly Segment[] }) {
  return (
    <p class="excerpt" dir="auto">
      {segments.map(({ text, match }, index) => (match ? <mark key={index}>{text}</mark> : text))}
    </p>
  );
}
