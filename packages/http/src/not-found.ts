import { Problem, preferredType } from '@carillon/protocol';
import { PLAIN_PAGE_HEADERS, plainPage } from './plain-page.ts';
import { problemResponse } from './problem-response.ts';

/**
 * What a browser shows for an address at which there is nothing, with the way back. nginx gives the same
 * (nginx/problems/not_found.html).
 */
export const NOT_FOUND_PAGE = plainPage(
  'Carillon: not found',
  `<h1>Not found</h1>
<p>There is nothing here. The address may be mistyped, or what was here is gone.</p>
<p><a href="/c/lobby">Go to the lobby</a>, or see <a href="/docs">what the API has</a>.</p>`,
);

/**
 * The answer for an address at which there is nothing, 404: a page for a browser, a problem document for everybody else.
 *
 * @param method of the request. @param accept its header `Accept`.
 */
export function notFoundResponse(method: string, accept: string | undefined): Response {
  // Both by the same address: a cache has to keep them apart.
  const headers = { Vary: 'Accept' };
  const reads = method === 'GET' || method === 'HEAD';
  if (reads && preferredType(accept, ['application/problem+json', 'text/html']) === 'text/html') {
    return new Response(NOT_FOUND_PAGE, {
      status: 404,
      headers: { ...PLAIN_PAGE_HEADERS, 'Cache-Control': 'no-store', ...headers },
    });
  }
  return problemResponse(new Problem('not_found', 'There is nothing here.'), headers);
}
