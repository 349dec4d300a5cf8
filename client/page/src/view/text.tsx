import { pieces } from '../state/links.ts';

/** What somebody wrote, as text; web addresses become links. */
export function Text({ text }: { text: string }) {
  return (
    <p class="text" dir="auto">
      {pieces(text).map((piece, index) =>
        piece.href === undefined ? (
          piece.text
        ) : (
          <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
            {piece.text}
          </a>
        ),
      )}
    </p>
  );
}
