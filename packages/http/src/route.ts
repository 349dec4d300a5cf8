import type { HttpApp } from './http-env.ts';
import { UNMATCHED } from './request.ts';

/** Templates by the path of a route as Hono writes it. There are as many as there are routes. */
const templates = new Map<string, string>();

/**
 * Gives the way to tell which route of `app` a request takes: its template, as OpenAPI writes it
 * (`/v1/channels/{channel}`), never what stands in its place.
 */
export function routesOf(app: Pick<HttpApp, 'router'>): (method: string, url: string) => string {
  return (method, url) => {
    const end = url.indexOf('?');
    const path = end < 0 ? url : url.slice(0, end);
    // Hono answers a HEAD by the handler of the GET.
    const [handlers] = app.router.match(method === 'HEAD' ? 'GET' : method, path);
    for (const [[, route]] of handlers) if (route.method !== 'ALL') return templateOf(route.path);
    return UNMATCHED;
  };
}

function templateOf(path: string): string {
  let template = templates.get(path);
  if (template === undefined) {
    // A file of the page has its content's digest in its name.
    template = path
      .replace(/:(\w+)(?:\{[^}]*\}+(?:\})?)?/g, '{$1}')
      .replace(/^\/assets\/.+/, '/assets/{file}');
    templates.set(path, template);
  }
  return template;
}
