import type { ExcerptPiece } from '@carillon/client';

/** A text in which what was found is marked. */
export function Highlighted({ pieces }: { pieces: readonly ExcerptPiece[] }) {
  return (
    <p class="excerpt" dir="auto">
      {pieces.map(({ text, match }, index) => (match ? <mark key={index}>{text}</mark> : text))}
    </p>
  );
}
