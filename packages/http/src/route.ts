import type { HttpApp } from './http-env.ts';
import { UNMATCHED } from './request.ts';

/** Templates by Hono's path of a route. There are as many as routes. */
const templates = new Map<string, string>();

/**
 * Returns a function that finds the route of `app` for a request: its template in OpenAPI form
 * (`/v1/channels/{channel}`), never the actual values.
 */
export function routesOf(app: Pick<HttpApp, 'router'>): (method: string, url: string) => string {
  return (method, url) => {
    const end = url.indexOf('?');
    const path = end < 0 ? url : url.slice(0, end);
    // Hono answers a HEAD with the handler of the GET.
    const [handlers] = app.router.match(method === 'HEAD' ? 'GET' : method, path);
    for (const [[, route]] of handlers) if (route.method !== 'ALL') return templateOf(route.path);
    return UNMATCHED;
  };
}

function templateOf(path: string): string {
  let template = templates.get(path);
  if (template === undefined) {
    // The file name of a page asset contains the digest of its content.
    template = path
      .replace(/:(\w+)(?:\{[^}]*\}+(?:\})?)?/g, '{$1}')
      .replace(/^\/assets\/.+/, '/assets/{file}');
    templates.set(path, template);
  }
  return template;
}
