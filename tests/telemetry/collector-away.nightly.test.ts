import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { lentDatabase } from '../servers/lent.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { type Service, startService } from './service.ts';

const PATIENCE_MS = 60_000;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe.runIf(postgresInstalled)('a process that traces', { timeout: 240_000 }, () => {
  let database: string;
  let chat: Service | undefined;
  beforeAll(async () => {
    database = await lentDatabase();
  });
  afterEach(async () => {
    await chat?.stop();
  });

  it('says once that the collector is away', async () => {
    const service = await startService('chat-service', environment('http://127.0.0.1:9'));
    chat = service;
    const told = () => service.lines('traces cannot be sent');
    expect((await post(service)).status).toBe(201);
    await eventually('that it is away', () => told().length > 0, PATIENCE_MS);
    expect((await post(service)).status).toBe(201);
    expect(await service.stop()).toBe(0);
    expect(told()).toHaveLength(1);
  });

  it('stops in time even if the collector accepts its traces and never answers', async () => {
    let requests = 0;
    const silent = createServer((request) => {
      requests += 1;
      request.resume();
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const service = await startService('chat-service', environment(`http://127.0.0.1:${port}`));
      chat = service;
      expect((await post(service)).status).toBe(201);
      await eventually('what waits for its answer', () => requests > 0, PATIENCE_MS);
      // Over its ten seconds it would end with 1, and killed with null.
      expect(await service.stop()).toBe(0);
      expect(service.lines('stopped')).toHaveLength(1);
    } finally {
      silent.close();
      silent.closeAllConnections();
    }
  });

  const environment = (endpoint: string) => ({
    HISTORY_URL: database,
    BUS_URL: 'memory:',
    SESSION_SECRET: 'a secret of this test',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
  });
  const post = ({ url }: Service) =>
    fetch(`${url}/v1/channels/lobby/messages`, {
      method: 'POST',
      body: 'hello',
      headers: { 'Content-Type': 'text/plain', traceparent: TRACEPARENT },
    });
});
