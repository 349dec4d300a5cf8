/**
 * An expression of PromQL in which each selector (a metric, or what is recorded, with its labels) is what `change` makes of its
 * name and of what stands between its braces, which is undefined where it has none.
 */
export function withSelectors(
  expr: string,
  change: (name: string, matchers: string | undefined) => string,
): string {
  return expr.replace(TOKEN, (token, name?: string, matchers?: string) =>
    name === undefined || !isMetric(name) ? token : change(name, matchers?.slice(1, -1)),
  );
}

/** Each selector of an expression, as it stands there. */
export function selectorsOf(expr: string): string[] {
  const found: string[] = [];
  withSelectors(expr, (name, matchers) => {
    const selector = matchers === undefined ? name : `${name}{${matchers}}`;
    found.push(selector);
    return selector;
  });
  return found;
}

/** Lists of labels and text have names that look like metrics; what stands before a parenthesis is a function. */
const TOKEN =
  /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|"[^"]*"|\b([a-zA-Z_:][\w:]*)\b(\{(?:[^}"]|"[^"]*")*\})?(?!\s*\()/g;

/** All of ours and of the exporters have a `_`, as no word of the language has. */
const isMetric = (name: string): boolean =>
  /[_:]/.test(name) ? !WORDS.has(name) : name === 'up' || name === 'ALERTS';

const WORDS = new Set(['__rate_interval', 'group_left', 'group_right']);
