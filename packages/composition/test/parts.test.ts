import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHistory } from '@carillon/history';
import { ConfigError, createLog, type ServiceContext } from '@carillon/runtime';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../../tests/servers/free-port.ts';
import { openParts, type PartsConfig } from '../src/index.ts';

let directory: string;
let config: PartsConfig;
let context: ServiceContext;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'carillon-composition-'));
  config = {
    ADMIN_PORT: await freePort(),
    HISTORY_URL: `sqlite:${directory}`,
    BUS_URL: 'memory:composition',
    TOPICS_PREFIX: 'carillon',
    PRESENCE_URL: 'memory:composition',
    CREATE_CHANNELS: 'post',
    RATE_LIMIT: true,
    TRUST_PROXY: 'off',
    OTEL_TRACES_SAMPLER: 'always_off',
    OTEL_TRACES_SAMPLER_ARG: 0,
    CALLER_TRACES_PER_SECOND: 0,
  };
  context = {
    service: 'test',
    log: createLog({ service: 'test', level: 'silent' }),
    stopping: new AbortController().signal,
    scope: new AsyncDisposableStack(),
  };
});
afterEach(async () => {
  await context.scope.disposeAsync();
  rmSync(directory, { recursive: true, force: true });
});

/** What the admin port answers; `no answer` where nobody listens. */
const admin = (path: string): Promise<string> =>
  fetch(`http://127.0.0.1:${config.ADMIN_PORT}${path}`).then(
    async (answer) => `${answer.status} ${await answer.text()}`.trim(),
    () => 'no answer',
  );

/** Throws DirectoryInUse while the store is open. */
const reopenStore = async () => (await openHistory(config.HISTORY_URL)).close();

it('closes what it opened in reverse, the admin port last', async () => {
  const parts = await openParts(config, context);
  const { history, bus, limits, presence, access } = parts;
  const closed: string[] = [];
  for (const [name, part] of Object.entries({ history, bus, limits, presence, access })) {
    if (part === undefined) throw new Error(`${name} is not open`);
    const close = part.close.bind(part);
    part.close = async () => {
      closed.push(`${name}, and the admin port says ${await admin('/healthz')}`);
      await close();
    };
  }
  await context.scope.disposeAsync();
  expect(closed).toEqual(
    ['access', 'presence', 'limits', 'bus', 'history'].map(
      (name) => `${name}, and the admin port says 200 ok`,
    ),
  );
  expect(await admin('/healthz')).toBe('no answer');
  await reopenStore();
});

it('leaves in the scope what was open before one that cannot be opened, to be closed with it', async () => {
  const half = openParts({ ...config, PRESENCE_URL: 'nothing:' }, context);
  await expect(half).rejects.toThrow(TypeError);
  expect(await admin('/healthz')).toBe('200 ok');
  await expect(reopenStore()).rejects.toThrow('another process has this store open');
  await context.scope.disposeAsync();
  expect(await admin('/healthz')).toBe('no answer');
  await reopenStore();
});

it('opens nothing where variables contradict each other', async () => {
  await expect(openParts({ ...config, TRUSTED_HOPS: 2 }, context)).rejects.toThrow(ConfigError);
  expect(await admin('/healthz')).toBe('no answer');
});

it('is not ready until it says that it serves, and then while the store answers', async () => {
  const parts = await openParts(config, context);
  expect(await admin('/readyz')).toBe('503 HistoryUnavailable');
  await parts.serves();
  expect(await admin('/readyz')).toBe('200 ready');
  await parts.history.close();
  expect(await admin('/readyz')).toMatch(/^503 /);
});

it('opens the admin port only once it serves, where so asked, and closes it last all the same', async () => {
  const parts = await openParts(config, context, { admin: { host: '127.0.0.1', opens: 'when-ready' } });
  expect(await admin('/healthz')).toBe('no answer');
  await parts.serves();
  expect(await admin('/readyz')).toBe('200 ready');
  const atTheEnd: string[] = [];
  const { history } = parts;
  const close = history.close.bind(history);
  history.close = async () => {
    atTheEnd.push(await admin('/healthz'));
    await close();
  };
  await context.scope.disposeAsync();
  expect(atTheEnd).toEqual(['200 ok']);
  expect(await admin('/healthz')).toBe('no answer');
});

it('has no limits where RATE_LIMIT is off, and shows none', async () => {
  const parts = await openParts({ ...config, RATE_LIMIT: false }, context);
  expect(parts.limits).toBeUndefined();
  expect(await parts.registry.metrics()).not.toContain('carillon_rate_limited_total{');
});
