/**
 * Returns a response in JSON. It uses a plain object of headers instead of Hono's context: that goes to Node's `writeHead`
 * directly, while a `Headers` object would be filled and read back for each post.
 */
export function jsonResponse(status: number, value: unknown, headers?: Record<string, string>): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
  });
}
