import { eventually } from '../eventually.ts';
import { type Redis, startRedis } from './redis.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A primary, its replica, and one address that leads to either. */
export interface RedisPair {
  /** Of the address. */
  readonly url: string;
  readonly address: TcpProxy;
  /** The primary at first, and the replica of it. */
  readonly first: Redis;
  readonly second: Redis;
  /**
   * Swaps the primary and the replica, and moves the address to the new primary. No connection is cut: a client of the old
   * primary still gets answers, but can no longer write.
   */
  failOver(): Promise<void>;
  /** The same, the other way. */
  failBack(): Promise<void>;
  stop(): Promise<void>;
}

/** At once, where a real one would wait 5 s for further replicas. */
const SYNC_AT_ONCE = 'repl-diskless-sync-delay 0';

/** Starts both. Resolves once the replica has caught up. */
export async function startRedisPair(): Promise<RedisPair> {
  const first = await startRedis({ config: SYNC_AT_ONCE });
  const password = `masterauth "${first.password}"`;
  const second = await startRedis({
    config: `${SYNC_AT_ONCE}\n${password}\nreplicaof 127.0.0.1 ${first.port}`,
  });
  await first.command('CONFIG', 'SET', 'masterauth', first.password);
  await caughtUp(second);
  const address = await startTcpProxy(first.port);
  const swap = async (from: Redis, to: Redis) => {
    await to.command('REPLICAOF', 'NO', 'ONE');
    address.leadTo(to.port);
    await from.command('REPLICAOF', '127.0.0.1', String(to.port));
    await caughtUp(from);
  };
  return {
    url: first.url.replace(`:${first.port}`, `:${address.port}`),
    address,
    first,
    second,
    failOver: () => swap(first, second),
    failBack: () => swap(second, first),
    async stop() {
      await address.close();
      await Promise.all([first.stop(), second.stop()]);
    },
  };
}

const caughtUp = (replica: Redis) =>
  eventually('a replica that has caught up', async () =>
    (await replica.command('INFO', 'replication')).includes('master_link_status:up'),
  );
