import { createHash } from 'node:crypto';
import { CHANGE_LINE, type StreamEventName } from '@carillon/protocol';
import { EVENT_NAMES, EVENTS, exampleFrame } from './events.ts';
import { fieldsOf } from './fields.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
html { background: light-dark(#ffffff, #0d1117); color: light-dark(#1f2328, #e6edf3); }
a { color: light-dark(#0550ae, #79c0ff); }
body { max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
section { margin-block: 2.5rem; }
section:target { border-inline-start: 0.25rem solid; padding-inline-start: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; border-block-end: 1px solid light-dark(#d0d7de, #30363d); overflow-wrap: anywhere; }
pre { overflow-x: auto; padding: 0.75rem; background: light-dark(#f6f8fa, #161b22); }
`;

/** The page loads nothing and runs no script. */
export const EVENTS_PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

/** Returns the HTML of `/docs/events`: each event of a stream, when it is sent, its fields, and an example frame. */
export function eventsPage(): string {
  const list = EVENT_NAMES.map((name) => `<li><a href="#${name}">${name}</a>: ${EVENTS[name].title}</li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Carillon: the events of a stream</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>The events of a stream</h1>
<p>A stream is <code>text/event-stream</code>: blocks of lines, each block an event, its <code>data:</code> a JSON object.
<code>id:</code> is the cursor. Send the last one back, as <code>Last-Event-ID</code> (EventSource does) or as <code>?cursor=</code>,
and the stream continues after it, at any node. On a stream of several channels the last event of each write
has the id, the cursor of all channels; those before it have none. It is the last line of its event, so an event that is cut off does not move the cursor.</p>
<p>A message has no <code>event:</code> line. Every change of the log comes as <code>event: ${CHANGE_LINE}</code>, with its <code>type</code> in the
data. If you do not know a type, an event or a field, ignore it, but keep the <code>id:</code>: a newer server may send it.</p>
<p>The calls that open streams are in <a href="/docs">the API</a>; the machine-readable form of this page is
<a href="/asyncapi.json">asyncapi.json</a> (AsyncAPI 3).</p>
<ul>
${list.join('\n')}
</ul>
${EVENT_NAMES.map(section).join('\n')}
</main>
</body>
</html>
`;
}

function section(name: StreamEventName): string {
  const { title, when, durable } = EVENTS[name];
  const rows = fieldsOf(name).map(
    ({ path, type, required, description }) =>
      `<tr><td><code>${escaped(path)}</code></td><td>${escaped(type)}</td><td>${required ? 'always' : 'may be absent'}</td><td>${inWords(description)}</td></tr>`,
  );
  const seq = durable
    ? 'It is part of the log: it has a <code>seq</code>, is replayed after you reconnect, and moves the cursor.'
    : 'It is not part of the log: it has no <code>seq</code>, and is not sent again after you reconnect.';
  return `<section id="${name}">
<h2><a href="#${name}">${name}</a></h2>
<p><strong>${inWords(title)}.</strong> ${inWords(when)} ${seq}</p>
<table>
<thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Present</th><th scope="col">Meaning</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>
<pre tabindex="0" aria-label="${name} on the wire">${escaped(exampleFrame(name))}</pre>
</section>`;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Turns text between backquotes into code. */
const inWords = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
