/** Longer addresses are not written by people to be followed. */
const MAX_LENGTH = 2_048;
const SAFE = new Set(['http:', 'https:', 'mailto:']);
/** What ends a sentence around an address rather than the address. */
const TRAILING = '.,;:!?\'"»”’)]}*_~';

/** The address a link leads to, where that is http, https or mailto and complete; undefined for all others. */
export function safeHref(address: string): string | undefined {
  if (address.length > MAX_LENGTH || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  return SAFE.has(url.protocol) ? url.href : undefined;
}

/** Cuts closing punctuation, but leaves a bracket that was opened within the address, as in `…/Bell_(instrument)`. */
export function withoutTrailing(address: string): string {
  let end = address.length;
  while (end > 0 && TRAILING.includes(address.charAt(end - 1))) end--;
  let open = 0;
  for (const character of address.slice(0, end))
    open += Number(character === '(') - Number(character === ')');
  for (; open > 0 && address.charAt(end) === ')'; open--) end++;
  return address.slice(0, end);
}
