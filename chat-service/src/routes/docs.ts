import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PLAIN_PAGE_HEADERS } from '@carillon/http';
import { asyncApiDocument } from '../asyncapi/document.ts';
import { EVENTS_PAGE_HEADERS, eventsPage } from '../asyncapi/page.ts';
import { DOCS_PAGE, DOCS_SCRIPT } from '../docs-page.ts';
import { openApiDocument } from '../openapi/document.ts';
import type { Api } from '../openapi/route.ts';
import { problemsPage } from '../problems-page.ts';

/** The files of swagger-ui-dist that the page needs. Only these names are served, so no path leads elsewhere. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

/** Nothing is loaded from another origin. Swagger UI sets styles inline and has its icons as data URLs. */
const PAGE_HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache',
};

/** An asset changes only with a release of ours. */
const ASSET_CACHE = 'public, max-age=86400';

/**
 * `GET /docs` (the reference with "try it"), `/docs/events`, `/docs/problems`, `/openapi.json` and `/asyncapi.json`. Mount it last: the
 * document has the routes that were mounted before.
 */
export function docsRoutes(api: Api): void {
  const require = createRequire(import.meta.url);
  const swagger = dirname(require.resolve('swagger-ui-dist/package.json'));
  const page =
    (html: string, headers: Record<string, string> = PAGE_HEADERS) =>
    () =>
      new Response(html, { headers });
  const json = (document: object) => {
    const text = JSON.stringify(document);
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };
    return () => new Response(text, { headers });
  };
  const file = (content: string | Uint8Array<ArrayBuffer>, type: string) =>
    new Response(content, {
      headers: { 'Content-Type': type, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': ASSET_CACHE },
    });

  api.get('/docs', page(DOCS_PAGE));
  api.get('/docs/events', page(eventsPage(), EVENTS_PAGE_HEADERS));
  api.get('/docs/problems', page(problemsPage(), { ...PLAIN_PAGE_HEADERS, 'Cache-Control': 'no-cache' }));
  api.get('/docs/start.js', () => file(DOCS_SCRIPT, 'text/javascript; charset=utf-8'));
  for (const [name, type] of Object.entries(ASSETS)) {
    api.get(`/docs/${name}`, async () => file(new Uint8Array(await readFile(join(swagger, name))), type));
  }

  api.get('/openapi.json', json(openApiDocument(api)));
  api.get('/asyncapi.json', json(asyncApiDocument()));
}
