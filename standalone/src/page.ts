import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { prefersPage } from '@carillon/broadcast-sse';
import type { HttpEnv } from '@carillon/http';
import { preferredCoding, preferredType } from '@carillon/protocol';
import { Hono } from 'hono';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** Everything is loaded from our own origin, and inline scripts do not run. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** Files that `vite build` names after their content never change. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** The compressed versions that the build writes next to a file, the smallest first. */
const ENCODINGS = { br: '.br', gzip: '.gz' } as const;
type Encoding = keyof typeof ENCODINGS;

interface File {
  plain: Uint8Array<ArrayBuffer>;
  /** Empty if compression does not make the file smaller. */
  encoded: ReadonlyMap<Encoding, Uint8Array<ArrayBuffer>>;
  headers: Record<string, string>;
}

/**
 * Creates an app that serves the built page from memory: every file of `directory` is read once, so no path of a request reaches the
 * file system. `/` redirects to the lobby, and a browser at `/c/{channel}` or `/c/{channel}/{seq}` gets the page.
 *
 * @throws Error if `directory` has no built page
 */
export function createPage(directory: string): Hono<HttpEnv> {
  const files = readFiles(directory);
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`${directory} has no built page: run npm run build`);

  const app = new Hono<HttpEnv>();
  app.get('/', (c) => c.redirect('/c/lobby'));
  app.get('/c/:channel', (c, next) =>
    prefersPage(c.req.header('accept'))
      ? Promise.resolve(answer(index, c.req.header('accept-encoding')))
      : next(),
  );
  // The URL of a message: a browser gets the page, scrolled to the message; other clients get it from the API.
  app.get('/c/:channel{[a-z0-9][a-z0-9_-]{0,63}}/:seq{[1-9][0-9]{0,14}}', (c) => {
    if (preferredType(c.req.header('accept'), ['application/json', 'text/html']) === 'text/html')
      return answer(index, c.req.header('accept-encoding'));
    const { channel, seq } = c.req.param();
    return c.redirect(`/v1/channels/${channel}/messages/${seq}`, 303);
  });
  for (const [path, file] of files) app.get(path, (c) => answer(file, c.req.header('accept-encoding')));
  return app;
}

function answer({ plain, encoded, headers }: File, encodings: string | undefined): Response {
  const encoding = preferredCoding(encodings, [...encoded.keys()]);
  const body = encoding && encoded.get(encoding);
  return body === undefined
    ? new Response(plain, { headers })
    : new Response(body, { headers: { ...headers, 'Content-Encoding': encoding as string } });
}

function readFiles(directory: string): Map<string, File> {
  const contents = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    contents.set(path, new Uint8Array(readFileSync(file)));
  }
  const files = new Map<string, File>();
  const suffixes = Object.entries(ENCODINGS) as [Encoding, string][];
  for (const [path, plain] of contents) {
    if (suffixes.some(([, suffix]) => path.endsWith(suffix))) continue;
    const encoded = new Map<Encoding, Uint8Array<ArrayBuffer>>();
    for (const [encoding, suffix] of suffixes) {
      const content = contents.get(path + suffix);
      if (content !== undefined) encoded.set(encoding, content);
    }
    files.set(path, { plain, encoded, headers: headersOf(path) });
  }
  return files;
}

function headersOf(path: string): Record<string, string> {
  return {
    'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
    'Cache-Control': path.startsWith('/assets/') ? IMMUTABLE : 'no-cache',
    Vary: 'Accept, Accept-Encoding',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
    ...(path.endsWith('.html') ? { 'Content-Security-Policy': CONTENT_SECURITY_POLICY } : {}),
  };
}
