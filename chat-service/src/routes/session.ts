import { GUEST, type Sessions } from '@carillon/auth';
import type { HttpApp } from '@carillon/http';
import { newSession } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { readRequestBody } from '../request-body.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { parse } from '../validation.ts';

/** `POST /v1/session` and `GET /v1/session`: who the caller is. */
export function sessionRoutes(app: HttpApp, sessions: Sessions): void {
  app.post('/v1/session', async (c) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const body = await readRequestBody(c.env.incoming, { text: false });
    const { name } = parse(newSession, body.kind === 'json' ? body.value : {});
    const { author, cookie } = sessions.issue(name, sessions.read(headers.cookie)?.id);
    return jsonResponse(200, author, { 'Set-Cookie': cookie });
  });

  app.get('/v1/session', (c) => jsonResponse(200, sessions.read(c.env.incoming.headers.cookie) ?? GUEST));
}
