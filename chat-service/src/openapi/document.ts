import { OpenAPIHono } from '@hono/zod-openapi';
import { describeCalls } from './calls.ts';
import { describeJobs } from './jobs.ts';
import { describeMessages } from './messages.ts';
import { describeModeration } from './moderation.ts';
import { describeSearch } from './search.ts';
import { SECURITY_SCHEMES } from './security.ts';
import { describeSession } from './session.ts';
import { describeStreams } from './streams.ts';

/** The OpenAPI 3.1 document of the whole API, made from the schemas that validate. */
export function openApiDocument() {
  const api = new OpenAPIHono();
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES))
    api.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  describeCalls(api.openAPIRegistry);
  describeMessages(api.openAPIRegistry);
  describeModeration(api.openAPIRegistry);
  describeSession(api.openAPIRegistry);
  describeJobs(api.openAPIRegistry);
  describeSearch(api.openAPIRegistry);
  describeStreams(api.openAPIRegistry);
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
