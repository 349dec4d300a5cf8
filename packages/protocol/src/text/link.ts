/** Longer addresses are not written by people to be followed. */
const MAX_LENGTH = 2_048;
const SAFE = new Set(['http:', 'https:', 'mailto:']);
/** Punctuation that ends the sentence around an address rather than the address. */
const TRAILING = '.,;:!?\'"»”’)]}*_~';

/** The target of a link if it is a complete http, https or mailto address; undefined otherwise. */
export function safeHref(address: string): string | undefined {
  if (address.length > MAX_LENGTH || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return SAFE.has(url.protocol) ? url.href : undefined;
}

/** Removes closing punctuation, but keeps a bracket that was opened inside the address, as in `…/Bell_(instrument)`. */
export function withoutTrailing(address: string): string {
  let end = address.length;
  while (end > 0 && TRAILING.includes(address.charAt(end - 1))) end--;
  let open = 0;
  for (const character of address.slice(0, end))
    open += Number(character === '(') - Number(character === ')');
  for (; open > 0 && address.charAt(end) === ')'; open--) end++;
  return address.slice(0, end);
}
