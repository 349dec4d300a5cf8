/**
 * Builds unset URLs of servers from variables that deployments have anyway: those of the official images, and a host for each
 * server.
 */
import { z } from 'zod';
import { madeFrom, secret } from './config.ts';
import { port } from './fields.ts';

/** A name, an IPv4 address, or an IPv6 address in brackets: no character that ends the host in a URL. */
const host = z
  .string()
  .regex(/^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])$/, 'must be a host: a name or an address, IPv6 in brackets');

const databaseParts = z.object({
  DATABASE_HOST: host.optional().describe("PostgreSQL's host; if unset, no URL is built"),
  DATABASE_PORT: port(5432).describe("PostgreSQL's port"),
  POSTGRES_DB: z.string().default('carillon').describe('the database'),
  POSTGRES_USER: z.string().default('carillon').describe('the user'),
  POSTGRES_PASSWORD: secret(z.string().optional()).describe("the user's password"),
});

const redisParts = z.object({
  REDIS_HOST: host.optional().describe("Redis's host (port 6379); if unset, no URL is built"),
  REDIS_PASSWORD: secret(z.string().optional()).describe("Redis's password"),
});

const kafkaParts = z.object({
  KAFKA_HOST: host
    .optional()
    .describe("Kafka's host; if unset, no URL is built. For TLS or a user, set BUS_URL"),
  KAFKA_PORT: port(9092).describe("Kafka's port"),
});

/** `HISTORY_URL`: if unset, the URL of PostgreSQL at `DATABASE_HOST`. */
export function historyUrl<T extends z.ZodType>(field: T): T {
  return madeFrom(field, databaseParts, (parts) => {
    if (parts.DATABASE_HOST === undefined) return undefined;
    const user = credentials(parts.POSTGRES_USER, parts.POSTGRES_PASSWORD);
    return `postgres://${user}${parts.DATABASE_HOST}:${parts.DATABASE_PORT}/${encodeURIComponent(parts.POSTGRES_DB)}`;
  });
}

/** `PRESENCE_URL` and `JOBS_URL`: if unset, the URL of Redis at `REDIS_HOST`. */
export function redisUrl<T extends z.ZodType>(field: T): T {
  return madeFrom(field, redisParts, ({ REDIS_HOST, REDIS_PASSWORD }) =>
    REDIS_HOST === undefined ? undefined : `redis://${credentials('', REDIS_PASSWORD)}${REDIS_HOST}:6379`,
  );
}

/** `BUS_URL`: if unset, the URL of Kafka at `KAFKA_HOST`. */
export function busUrl<T extends z.ZodType>(field: T): T {
  return madeFrom(field, kafkaParts, ({ KAFKA_HOST, KAFKA_PORT }) =>
    KAFKA_HOST === undefined ? undefined : `kafka://${KAFKA_HOST}:${KAFKA_PORT}`,
  );
}

function credentials(user: string, password: string | undefined): string {
  const secretPart = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  return user === '' && secretPart === '' ? '' : `${encodeURIComponent(user)}${secretPart}@`;
}
