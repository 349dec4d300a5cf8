import { preferredType } from '@carillon/protocol';
import { PLAIN_PAGE_HEADERS, plainPage } from './plain-page.ts';

/**
 * The page that a browser shows for an unknown address, with a link back. nginx serves the same page
 * (nginx/problems/not_found.html).
 */
export const NOT_FOUND_PAGE = plainPage(
  'Carillon: not found',
  `<h1>Not found</h1>
<p>There is nothing here. The address may be mistyped, or what was here is gone.</p>
<p><a href="/c/lobby">Go to the lobby</a>, or see <a href="/docs">the API reference</a>.</p>`,
);

/**
 * The 404 page for a browser.
 *
 * @param method of the request.
 * @param accept its header `Accept`.
 * @returns undefined for a caller who does not prefer a page.
 */
export function notFoundPage(method: string, accept: string | undefined): Response | undefined {
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads || preferredType(accept, ['application/problem+json', 'text/html']) !== 'text/html') {
    return undefined;
  }
  const headers = { ...PLAIN_PAGE_HEADERS, 'Cache-Control': 'no-store', Vary: 'Accept' };
  return new Response(NOT_FOUND_PAGE, { status: 404, headers });
}
