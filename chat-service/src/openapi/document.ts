import type { Api } from './route.ts';
import { SECURITY_SCHEMES } from './security.ts';
import { describeStreams } from './streams.ts';

/** The OpenAPI 3.1 document of the whole API: the routes that are mounted on `api`, and the streams. Call it once for an app. */
export function openApiDocument(api: Api) {
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    api.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  describeStreams(api);
  return api.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Carillon',
      version: '1',
      description:
        'A realtime chat on server-sent events: a channel is a log, a subscriber is a cursor. ' +
        'Every error is a problem document (RFC 9457) with a code of [a closed list](/docs/problems).',
      license: { name: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
  });
}
