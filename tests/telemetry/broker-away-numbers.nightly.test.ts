import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../servers/lent.ts';
import { type Mosquitto, mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { value } from './metrics.ts';
import { type Service, startService } from './service.ts';

/** Servers start and end in between, on a machine that others share. */
const SLOW_MS = 240_000;
const soon = { timeout: 60_000, interval: 200 };

describe.runIf(postgresInstalled && mosquittoInstalled)('the numbers of the services', () => {
  let broker: Mosquitto;
  let chat: Service;
  let broadcast: Service;

  beforeAll(async () => {
    broker = await startMosquitto();
    const env = {
      HISTORY_URL: await lentDatabase(),
      BUS_URL: broker.url,
      SESSION_SECRET: 'a secret that both have',
      DRAIN_SECONDS: '0',
    };
    chat = await startService('chat-service', env);
    broadcast = await startService('broadcast-sse', env);
  }, SLOW_MS);
  afterAll(async () => {
    await Promise.all([chat?.stop(), broadcast?.stop()]);
    await broker?.stop();
  });

  const post = (channel: string) =>
    fetch(`${chat.url}/v1/channels/${channel}/messages`, {
      method: 'POST',
      body: 'hello',
      headers: { 'Content-Type': 'text/plain' },
    });

  it('say that the broker is away, and for how long a message waits for it', {
    timeout: SLOW_MS,
  }, async () => {
    const oldest = () => value(chat, 'carillon_relay_oldest_seconds');
    const backlog = () => value(chat, 'carillon_relay_backlog_messages');
    const up = async () => [
      await value(chat, 'carillon_bus_up{bus="mqtt"}'),
      await value(broadcast, 'carillon_bus_up{bus="mqtt"}'),
    ];
    await expect.poll(backlog, soon).toBe(0);
    expect([await oldest(), await up()]).toEqual([0, [1, 1]]);
    await broker.kill();
    await expect.poll(up, soon).toEqual([0, 0]);
    const posted = performance.now();
    expect((await post('waits')).status).toBe(201);
    await expect.poll(backlog, soon).toBe(1);
    const first = (await oldest()) ?? 0;
    expect(first).toBeGreaterThanOrEqual(0);
    await expect.poll(oldest, soon).toBeGreaterThan(first + 1);
    expect(await oldest()).toBeLessThanOrEqual((performance.now() - posted) / 1_000);
    expect(await value(chat, 'carillon_bus_publish_failures_total{bus="mqtt"}')).toBeGreaterThan(0);
    await broker.restart();
    await expect.poll(up, soon).toEqual([1, 1]);
    await expect.poll(backlog, soon).toBe(0);
    await expect.poll(oldest, soon).toBe(0);
  });
});
