import { afterEach } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { connectRedis, type RedisConnection } from '../src/index.ts';

/** Longer than a crowded machine stands still. */
const ANSWER_WITHIN_MS = 60_000;

/** A connection, and what was told of it, in order. */
type Told = RedisConnection & { readonly told: string[] };

/** Call it within a `describe`: gives what connects; what it made is closed after each test. */
export function connections(): (url: string, commandTimeout?: number) => Promise<Told> {
  const opened: RedisConnection[] = [];
  afterEach(() => {
    for (const connection of opened.splice(0)) connection.close();
  });
  return async (url, commandTimeout = ANSWER_WITHIN_MS) => {
    const told: string[] = [];
    const connection = connectRedis(url, {
      prefix: 'carillon:test',
      client: { commandTimeout, maxRetriesPerRequest: 0, enableOfflineQueue: false },
      onAway: ({ message }) => told.push(message),
      onUp: () => told.push('up'),
    });
    opened.push(connection);
    await eventually('it up', () => connection.up);
    return Object.defineProperty(connection, 'told', { value: told }) as Told;
  };
}
