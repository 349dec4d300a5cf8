/**
 * Returns a PromQL expression in which each selector (a metric or a recording rule, with its labels) is replaced by the result of
 * `change`, which gets its name and the text between its braces, or undefined if it has no braces.
 */
export function withSelectors(
  expr: string,
  change: (name: string, matchers: string | undefined) => string,
): string {
  return expr.replace(TOKEN, (token, name?: string, matchers?: string) =>
    name === undefined || !isMetric(name) ? token : change(name, matchers?.slice(1, -1)),
  );
}

/** Returns the selectors of an expression as they are written in it. */
export function selectorsOf(expr: string): string[] {
  const found: string[] = [];
  withSelectors(expr, (name, matchers) => {
    const selector = matchers === undefined ? name : `${name}{${matchers}}`;
    found.push(selector);
    return selector;
  });
  return found;
}

/** Names in label lists and strings look like metrics but are not; a name before a parenthesis is a function. */
const TOKEN =
  /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|"[^"]*"|\b([a-zA-Z_:][\w:]*)\b(\{(?:[^}"]|"[^"]*")*\})?(?!\s*\()/g;

/** All metrics of ours and of the exporters have a `_` or `:`, and so does no keyword of PromQL except WORDS. */
const isMetric = (name: string): boolean =>
  /[_:]/.test(name) ? !WORDS.has(name) : name === 'up' || name === 'ALERTS';

const WORDS = new Set(['__rate_interval', 'group_left', 'group_right']);
