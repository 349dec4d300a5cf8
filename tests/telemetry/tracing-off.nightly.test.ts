import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { lentDatabase } from '../servers/lent.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { type Collector, startCollector } from './collector.ts';
import { type Service, startService } from './service.ts';

const PATIENCE_MS = 60_000;
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe.runIf(postgresInstalled)('a process', { timeout: 240_000 }, () => {
  let database: string;
  let directory: string;
  let collector: Collector;
  let chat: Service | undefined;
  beforeAll(async () => {
    database = await lentDatabase();
  });
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'carillon-tracing-'));
    collector = await startCollector();
  });
  afterEach(async () => {
    await chat?.stop();
    await collector.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Starts it, has it answer a post of a caller that traces, and stops it. Gives the scripts that it loaded. */
  async function scriptsOf(env: Record<string, string>): Promise<string[]> {
    const coverage = join(directory, 'coverage');
    chat = await startService('chat-service', {
      HISTORY_URL: database,
      BUS_URL: 'memory:',
      SESSION_SECRET: 'a secret of this test',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      NODE_V8_COVERAGE: coverage,
      ...env,
    });
    const headers = { 'Content-Type': 'text/plain', traceparent: TRACEPARENT };
    const posted = await fetch(`${chat.url}/v1/channels/lobby/messages`, {
      method: 'POST',
      body: 'hello',
      headers,
    });
    expect(posted.status).toBe(201);
    const line = await eventually('its line', () => chat?.lines('request')[0], PATIENCE_MS);
    expect(line).toMatchObject({ trace_id: '0af7651916cd43dd8448eb211c80319c' });
    expect(await chat.stop()).toBe(0);
    return readdirSync(coverage)
      .map((file) => JSON.parse(readFileSync(join(coverage, file), 'utf8')) as { result: { url: string }[] })
      .flatMap(({ result }) => result.map(({ url }) => url));
  }

  it('without an endpoint loads nothing of the SDK, and sends nothing', async () => {
    const scripts = await scriptsOf({ OTEL_TRACES_SAMPLER: 'always_on' });
    expect(scripts.some((url) => url.includes('/chat-service/dist/'))).toBe(true);
    expect(scripts.filter((url) => /@opentelemetry\/(?!api\/)/.test(url))).toEqual([]);
    expect(collector.received).toEqual([]);
  });

  it('sends protobuf by default, with the headers that it is given, and prints none of them', async () => {
    const scripts = await scriptsOf({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer hunter22',
    });
    expect(scripts.some((url) => url.includes('@opentelemetry/sdk-node/'))).toBe(true);
    const [request] = collector.received;
    expect(request?.type).toBe('application/x-protobuf');
    expect(request?.headers).toContain('Bearer hunter22');
    expect(request?.body.toString('latin1')).toContain('POST /v1/channels/{channel}/messages');
    expect(chat?.output()).not.toContain('hunter22');
  });
});
