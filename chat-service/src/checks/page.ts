import { createHash } from 'node:crypto';
import type { Result } from './check.ts';

/** How often the page reloads, s: a server that stops is red within 5 s. */
const REFRESH_SECONDS = 3;

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
html { background: light-dark(#ffffff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
a { color: light-dark(#0550ae, #79c0ff); }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; }
ol { padding: 0; list-style-position: inside; }
li { padding: 0.5rem 0.75rem; margin: 0.25rem 0; border-inline-start: 0.375rem solid; }
.status { display: inline-block; min-width: 8rem; font-weight: bold; }
.ok { border-color: light-dark(#1a7f37, #3fb950); }
.ok .status { color: light-dark(#116329, #56d364); }
.failed { border-color: light-dark(#cf222e, #ff7b72); }
.failed .status { color: light-dark(#a40e26, #ff9a92); }
.not-configured { border-color: light-dark(#6e7781, #8b949e); }
`;

const WORDS = {
  ok: '\u2713 ok',
  failed: '\u2717 failed',
  'not-configured': '\u2013 not configured',
} as const;

/** The page loads nothing and runs no script. The refresh is a header, so the page is the same with and without it. */
export function pageHeaders(stays: boolean): Record<string, string> {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    'Referrer-Policy': 'no-referrer',
    Vary: 'Accept',
    'X-Content-Type-Options': 'nosniff',
    ...(stays ? {} : { Refresh: String(REFRESH_SECONDS) }),
  };
}

/** Returns the results as HTML for people: in order, green or red, each in words, without a script. `stays` turns the reload off. */
export function checksPage(results: readonly Result[], stays: boolean): string {
  const failed = results.filter(({ status }) => status === 'failed').length;
  const summary = failed === 0 ? 'All is well' : `${failed} of ${results.length} failed`;
  const lines = results.map(
    ({ title, status, detail, ms }) =>
      `<li class="${status}"><span class="status">${WORDS[status]}</span> ` +
      `<strong>${escaped(title)}</strong>: ${escaped(detail)}${status === 'not-configured' ? '' : ` (${ms} ms)`}</li>`,
  );
  const refresh = stays
    ? 'This page does not reload. <a href="/checks">Reload automatically</a>.'
    : `This page reloads every ${REFRESH_SECONDS} s. <a href="/checks?refresh=off">Stop reloading</a>.`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${summary} - Carillon checks</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${summary}</h1>
<ol>
${lines.join('\n')}
</ol>
<p>${refresh}</p>
</main>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
