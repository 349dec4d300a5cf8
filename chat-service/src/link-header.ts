/** Returns the links of a page as a `Link` header (RFC 8288), for clients that page without reading the body. */
export function linkHeader(links: Record<string, string | null>): Record<string, string> {
  const there = Object.entries(links).filter(([, path]) => path !== null);
  return there.length === 0 ? {} : { Link: there.map(([rel, path]) => `<${path}>; rel="${rel}"`).join(', ') };
}
