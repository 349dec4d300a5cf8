/** Whether one of the patterns matches this channel. In a pattern `*` stands for any characters, or none. */
export function matches(patterns: readonly string[], channel: string): boolean {
  return patterns.some((pattern) => pattern === '*' || pattern === channel || glob(pattern, channel));
}

/** Matches piece by piece from the left: linear time for every pattern. */
function glob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined || !text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
