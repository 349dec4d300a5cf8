/** A piece of a message's text. */
export type Piece = { text: string; href?: string };

const URL_PATTERN = /\bhttps?:\/\/[^\s<>"]+/gi;
/** What ends a sentence around an address rather than the address. */
const TRAILING = /[.,;:!?'"»”’)\]}*_~]+$/;

/** Splits text at its web addresses, which get an `href`. Only http and https; joined, the pieces give the text back. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(URL_PATTERN)) {
    const address = withoutTrailing(match[0]);
    if (!URL.canParse(address)) continue;
    if (match.index > end) found.push({ text: text.slice(end, match.index) });
    found.push({ text: address, href: new URL(address).href });
    end = match.index + address.length;
  }
  if (end < text.length) found.push({ text: text.slice(end) });
  return found;
}

/** Cuts closing punctuation, but leaves a bracket that was opened within the address, as in `…/Bell_(instrument)`. */
function withoutTrailing(address: string): string {
  const trailing = TRAILING.exec(address)?.[0] ?? '';
  let cut = address.slice(0, address.length - trailing.length);
  for (const character of trailing) {
    if (character !== ')' || count(cut, '(') <= count(cut, ')')) break;
    cut += character;
  }
  return cut;
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
