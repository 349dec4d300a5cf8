import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HttpEnv } from '@carillon/http';
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

/** Everything comes from our own origin, and nothing is run that stands in a page. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** What `vite build` names after its content never changes. */
const IMMUTABLE = 'public, max-age=31536000, immutable';

interface File {
  plain: Uint8Array<ArrayBuffer>;
  gzip: Uint8Array<ArrayBuffer>;
  headers: Record<string, string>;
}

/**
 * Serves the built page from memory: every file of `directory` is read once, so no path of a request ever reaches
 * the file system. `/` leads to the lobby, and a browser at `/c/{channel}` or `/c/{channel}/{seq}` gets the page.
 */
export function createPage(directory: string): Hono<HttpEnv> {
  const files = readFiles(directory);
  const index = files.get('/index.html');
  if (index === undefined) throw new Error(`${directory} holds no built page: run npm run build`);

  const app = new Hono<HttpEnv>();
  app.get('/', (c) => c.redirect('/c/lobby'));
  app.get('/c/:channel', (c, next) =>
    c.req.header('accept')?.includes('text/html')
      ? Promise.resolve(answer(index, c.req.header('accept-encoding')))
      : next(),
  );
  // A message is one URL too: for a browser the page, which shows it in its place; for others what the API says of it.
  app.get('/c/:channel{[a-z0-9][a-z0-9_-]{0,63}}/:seq{[1-9][0-9]{0,14}}', (c) => {
    if (c.req.header('accept')?.includes('text/html')) return answer(index, c.req.header('accept-encoding'));
    const { channel, seq } = c.req.param();
    return c.redirect(`/v1/channels/${channel}/messages/${seq}`, 303);
  });
  for (const [path, file] of files) app.get(path, (c) => answer(file, c.req.header('accept-encoding')));
  return app;
}

function answer({ plain, gzip, headers }: File, encodings = ''): Response {
  return /\bgzip\b/.test(encodings)
    ? new Response(gzip, { headers: { ...headers, 'Content-Encoding': 'gzip' } })
    : new Response(plain, { headers });
}

function readFiles(directory: string): Map<string, File> {
  const files = new Map<string, File>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(directory, file).split(sep).join('/')}`;
    const plain = new Uint8Array(readFileSync(file));
    files.set(path, { plain, gzip: new Uint8Array(gzipSync(plain)), headers: headersOf(path) });
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
