export { connectRedis, type RedisConnection, type RedisOptions } from './connect.ts';
