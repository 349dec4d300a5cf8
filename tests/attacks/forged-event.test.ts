import { openBus } from '@carillon/bus';
import type { Message } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { createLog } from '../../packages/runtime/src/index.ts';
import { openReader, type Reader } from '../faults/reader.ts';
import { lentDatabase, lentMqtt } from '../servers/lent.ts';
import { mosquittoInstalled } from '../servers/mosquitto.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { startTarget } from './target.ts';

/** Posted between two made-up events, and behind them. */
const REAL = ['one', 'two', 'three'];

const told = (reader: Reader, name: string) =>
  reader.events.filter((event) => event.name === name).map(({ data }) => JSON.parse(data));
const bodies = (reader: Reader) => told(reader, 'message').map(({ body }) => body);

describe.skipIf(!mosquittoInstalled)('a forged event from somebody with access to the broker', () => {
  it('withholds no real event from live readers: they get a reset and then the real event', () => attack({}));

  it.skipIf(!postgresInstalled)('withholds none on PostgreSQL either', async () => {
    await attack({ HISTORY_URL: await lentDatabase() });
  });
});

async function attack(env: Record<string, string>): Promise<void> {
  const url = await lentMqtt();
  const target = await startTarget({ BUS_URL: url, ...env });
  const attacker = await openBus(url, { log: createLog({ service: 'attacker', level: 'silent' }) });
  const reader = openReader({ port: target.port, path: '/v1/channels/lobby/stream' });
  await expect.poll(() => told(reader, 'open')).toHaveLength(1);

  const madeUp: Message = {
    channel: 'lobby',
    seq: 1,
    author: { id: 'ada', name: 'Ada' },
    body: 'made up',
    createdAt: new Date(Date.now() - 60_000).toISOString(),
  };
  await attacker.publish('lobby', [madeUp]);
  await expect.poll(() => bodies(reader)).toEqual(['made up']);
  for (const body of REAL) expect((await target.call('POST', '/c/lobby', {}, body)).status).toBe(201);

  // Of before, should the node have asked between these: it has what nobody posted.
  await expect.poll(() => bodies(reader).slice(-REAL.length)).toEqual(REAL);
  expect(told(reader, 'reset').at(-1)).toMatchObject({ channel: 'lobby', reason: 'ahead', from: 1 });
  expect(reader.isClosed).toBe(false);
  reader.close();
  await attacker.close();
  await target.close();
}
