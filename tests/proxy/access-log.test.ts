import { describe, expect, it } from 'vitest';
import { nginxInstalled, startNginx } from '../servers/nginx.ts';
import { ask, open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams } from './upstream.ts';

describe.skipIf(!nginxInstalled)("the proxy's access log", () => {
  it('is a line of JSON for each request, with its request id and trace id, and holds no secret', async () => {
    const chat = await startUpstream();
    const broadcast = await startUpstream(streams);
    const nginx = await startNginx({ chat: [1, chat.port], broadcast: [broadcast.port], page: pageFolder() });
    const secrets = { cookie: 'carillon_session=SECRET', authorization: 'Bearer SECRET' };
    const agent = 'a "quoted"\\ agent\t';
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await ask(`${nginx.url}/c/lobby?access_token=SECRET`, {
      method: 'POST',
      body: 'SECRET',
      headers: { ...secrets, traceparent, 'user-agent': agent, 'x-request-id': 'caller-4711' },
    });
    const stream = await open(`${nginx.url}/c/lobby?ticket=SECRET`, { headers: secrets });
    stream.destroy();
    await ask(`${nginx.url}/v1/auth/callback?code=SECRET&state=SECRET`, { headers: secrets });
    await ask(`${nginx.url}/nothing?ticket=SECRET`, { headers: { traceparent: 'SECRET' } });
    await expect.poll(() => nginx.accessLog().length).toBe(4);

    const lines = nginx.accessLog();
    const at = (method: string, path: string) =>
      lines.find((line) => line.method === method && line.path === path);
    expect(at('POST', '/c/lobby')).toMatchObject({
      service: 'nginx',
      request_id: 'caller-4711',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      status: 200,
      client: '127.0.0.1',
      agent,
    });
    expect(at('POST', '/c/lobby')?.upstream).toContain(`127.0.0.1:${chat.port}`);
    expect(at('GET', '/c/lobby')).toMatchObject({ status: 200, trace_id: '', upstream_status: '200' });
    expect(at('GET', '/v1/auth/callback')).toMatchObject({ status: 200 });
    expect(at('GET', '/nothing')).toMatchObject({ status: 404, trace_id: '', upstream: '' });
    expect(JSON.stringify(lines)).not.toContain('SECRET');
    await nginx.stop();
    await chat.close();
    await broadcast.close();
  });
});
