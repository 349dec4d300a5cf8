import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { connections } from './connections.ts';

/** Soon, where a server is frozen. */
const IMPATIENT_MS = 500;

describe.skipIf(!redisInstalled)('a connection to Redis', () => {
  const connect = connections();

  describe('whose server takes no writes', () => {
    let redis: Redis;
    beforeAll(async () => {
      redis = await startRedis();
    });
    afterAll(() => redis?.stop());

    it.each([
      ['has lost its replicas', 'min-replicas-to-write', '1', '0', 'NOREPLICAS'],
      ['is full', 'maxmemory', '1', '0', 'OOM'],
    ])(
      'since it %s is not up, says so once, and is up when it does again',
      async (_, name, on, off, reason) => {
        const connection = await connect(redis.url);
        await redis.command('CONFIG', 'SET', name, on);
        await eventually('it not up', () => !connection.up);
        await eventually('the reason told', () => connection.told.length > 1);
        // Tried several times meanwhile.
        const sets = async () =>
          Number(
            /cmdstat_set:calls=\d+.*rejected_calls=(\d+)/.exec(
              await redis.command('INFO', 'commandstats'),
            )?.[1],
          );
        const before = await sets();
        await eventually('more writes tried', async () => (await sets()) >= before + 2);
        expect(connection.up).toBe(false);
        await redis.command('CONFIG', 'SET', name, off);
        await eventually('it up', () => connection.up);
        expect(connection.told).toEqual(['up', expect.stringContaining(reason), 'up']);
      },
    );

    it('since it hangs is not up, though nobody asks it anything', async () => {
      const connection = await connect(redis.url, IMPATIENT_MS);
      redis.freeze();
      try {
        await eventually('it not up', () => !connection.up);
      } finally {
        redis.thaw();
      }
      await eventually('it up', () => connection.up);
    });
  });
});
