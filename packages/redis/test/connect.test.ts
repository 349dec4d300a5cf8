import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { type RedisPair, startRedisPair } from '../../../tests/servers/redis-pair.ts';
import { connections } from './connections.ts';

describe.skipIf(!redisInstalled)('a connection to Redis', () => {
  const connect = connections();

  describe('whose server and its replica change places', () => {
    let pair: RedisPair;
    beforeAll(async () => {
      pair = await startRedisPair();
    });
    afterAll(() => pair?.stop());

    it('leaves the old primary, which answers still, for the new one', async () => {
      const connection = await connect(pair.url);
      const { redis } = connection;
      const runId = async () => /run_id:(\w+)/.exec(await redis.info('server'))?.[1];
      const before = await runId();
      await pair.failOver();
      await eventually('another server', async () => (await runId().catch(() => before)) !== before);
      await eventually('it up', () => connection.up);
      await redis.set('carillon:test', 'written');
      expect(await pair.second.command('GET', 'carillon:test')).toContain('written');
    });

    it('leaves it also where it is a copy that is asked nothing by itself, as BullMQ makes them', async () => {
      const { redis } = await connect(pair.url);
      const copy = redis.duplicate();
      copy.on('error', () => {});
      try {
        const script = "return redis.call('SET', KEYS[1], '1')";
        const write = () => copy.eval(script, 1, 'carillon:test:script');
        await eventually('a write', () => write().catch(() => undefined));
        await pair.failBack();
        await expect(write()).rejects.toThrow('READONLY');
        await eventually('a write', () => write().catch(() => undefined));
        expect(await pair.first.command('EXISTS', 'carillon:test:script')).toBe(':1');
      } finally {
        copy.disconnect();
      }
    });
  });
});
