import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Message } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { Api, seqs, upTo } from './api.ts';
import { openReader } from './reader.ts';

const STREAMS = 200;
const CHANNELS = ['t0', 't1', 't2', 't3'];

/** Posts of which the server has the head and half of the body when it gets SIGTERM. */
const HALVES = 40;

/** Posts that are sent as a whole in that moment. */
const WHOLES = 200;

/** The window over which readers return, as DRAIN_SECONDS has it where unset, ms. */
const DRAIN_MS = 2_000;

/** Some 3 s; a stop that hangs has no end. */
const STOPPED_WITHIN_MS = 30_000;

const soon = { timeout: 40_000, interval: 20 };

describe('a stop by SIGTERM', () => {
  let server: Standalone;
  beforeAll(async () => {
    server = await startStandalone();
  });
  afterAll(() => server?.stop());

  it('drains 200 streams, answers the posts in flight, exits with 0, and starts again with everything', async () => {
    const streams = upTo(STREAMS).map((index) =>
      openReader({ port: server.port, path: `/v1/channels/${channelOf(index)}/stream` }),
    );
    await expect.poll(() => streams.every(({ lastEventId }) => lastEventId !== ''), soon).toBe(true);
    const halves = upTo(HALVES).map(sendHalf);
    await Promise.all(halves.map(({ isWritten }) => isWritten));
    // A post on another connection is answered only after the server has read those before it.
    const api = new Api(server.port);
    expect((await api.post('t0', 'before', 'before')).status).toBe(201);

    // These race with the end of the listening: each has its 201, or no connection.
    const wholes = Promise.allSettled(
      upTo(WHOLES).map((index) => api.post(channelOf(index), `whole ${index}`, `whole-${index}`)),
    );
    const startedAt = performance.now();
    const stopping = server.stop();
    await expect.poll(() => streams.some(({ events }) => events.at(-1)?.name === 'drain'), soon).toBe(true);
    const answers = await Promise.all(halves.map(({ finish }) => finish()));
    await stopping;
    expect(server.exitCode).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(STOPPED_WITHIN_MS);
    expect(existsSync(join(server.dataDir, 'history', 'lock'))).toBe(false);

    for (const { events, retryMs, closed } of streams) {
      await closed;
      expect(events.at(-1)?.name).toBe('drain');
      expect(retryMs).toBe(JSON.parse(events.at(-1)?.data ?? '').retry);
      expect(retryMs).toBeLessThanOrEqual(DRAIN_MS);
    }
    expect(new Set(streams.map(({ retryMs }) => retryMs)).size).toBeGreaterThan(STREAMS / 4);
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1.1 201 Created\r\n/);
    const acknowledged = (await wholes)
      .filter((whole) => whole.status === 'fulfilled')
      .map(({ value }) => value);
    for (const { status } of acknowledged) expect(status).toBe(201);

    await server.restart();
    const logs = await Promise.all(CHANNELS.map((channel) => new Api(server.port, 1).log(channel)));
    for (const log of logs) expect(seqs(log)).toEqual(upTo(log.length));
    const stored = new Map(logs.flat().map((message) => [message.key, message]));
    for (const { text } of acknowledged) {
      const message = JSON.parse(text) as Message;
      expect(stored.get(message.key)).toEqual(message);
    }
    for (const index of upTo(HALVES)) expect(stored.get(`half-${index}`)?.body).toBe(`half ${index}`);

    // A drained reader gets nothing twice and misses nothing: it returns with its cursor.
    const [first] = streams;
    const returned = openReader({
      port: server.port,
      path: '/v1/channels/t1/stream',
      headers: { 'Last-Event-ID': first?.lastEventId ?? '' },
    });
    const got = () =>
      [...(first?.events ?? []), ...returned.events]
        .filter(({ name }) => name === 'message')
        .map(({ data }) => JSON.parse(data));
    await expect.poll(got, soon).toEqual(logs[1]);
    returned.close();
    api.close();
  }, 180_000);

  /** Sends a post up to the middle of its body. */
  function sendHalf(index: number): { isWritten: Promise<void>; finish(): Promise<string> } {
    const body = `half ${index}`;
    const socket: Socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    socket.on('error', () => {});
    const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(answer)));
    const head = [
      `POST /v1/channels/${channelOf(index)}/messages HTTP/1.1`,
      'Host: carillon',
      'Content-Type: text/plain',
      `Content-Length: ${body.length}`,
      `Idempotency-Key: half-${index}`,
    ].join('\r\n');
    return {
      isWritten: new Promise((resolve) =>
        socket.write(`${head}\r\n\r\n${body.slice(0, 2)}`, () => resolve()),
      ),
      finish() {
        socket.write(body.slice(2));
        return ended;
      },
    };
  }
});

function channelOf(index: number): string {
  return CHANNELS[index % CHANNELS.length] as string;
}
