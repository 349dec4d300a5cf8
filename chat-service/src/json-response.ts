/**
 * An answer in JSON. A plain object of headers, not Hono's context: it goes to Node's `writeHead` as it is, while
 * a `Headers` would be filled and read back for each post.
 */
export function jsonResponse(status: number, value: unknown, headers?: Record<string, string>): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  });
}
