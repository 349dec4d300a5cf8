import { connectRedis, type RedisConnection, type RedisOptions } from '@carillon/redis';
import { PREFIX } from './payloads.ts';
import { JOBS_SCHEMES } from './schemes.ts';

/** A caller waits no longer for one command, ms: a frozen server is away too. */
const COMMAND_TIMEOUT_MS = 2_000;

/**
 * A server that owes an answer for so long is given up with its connection, ms, and another is made: one that vanished
 * without a word would hold it for a quarter of an hour. Longer than a command has; for those who take jobs longer than
 * the 10 s for which BullMQ has Redis wait for one.
 */
const IMPATIENT_SILENCE_MS = 3_000;
const PATIENT_SILENCE_MS = 15_000;

export interface ConnectionOptions {
  /** Certificates in PEM that are trusted besides the system's, for `rediss:`. */
  ca?: string | undefined;
  /** Told once for each outage, with its reason. */
  log?: ConnectionLog | undefined;
}

export interface ConnectionLog {
  warn(fields: object, message: string): void;
}

/** For those who add jobs and whose caller waits: with Redis away a command fails at once. `onUp` is told when Redis is there. */
export function connectImpatient(url: string, options: ConnectionOptions, onUp: () => void): RedisConnection {
  return connect(url, options, {
    onUp,
    client: {
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      commandTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: IMPATIENT_SILENCE_MS,
    },
  });
}

/** For those who take jobs: a command waits until Redis is back (BullMQ demands it of its workers). */
export function connectPatient(url: string, options: ConnectionOptions): RedisConnection {
  return connect(url, options, {
    client: { maxRetriesPerRequest: null, socketTimeout: PATIENT_SILENCE_MS },
  });
}

function connect(
  url: string,
  { ca, log }: ConnectionOptions,
  rest: Pick<RedisOptions, 'client' | 'onUp'>,
): RedisConnection {
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase();
  if (!JOBS_SCHEMES.includes(scheme))
    throw new TypeError(`a jobs URL starts with ${JOBS_SCHEMES.join(' or ')}`);
  return connectRedis(url, {
    ca,
    prefix: PREFIX,
    // What an error tells besides its message may be the command with the password.
    onAway: ({ message }) => log?.warn({ reason: message }, 'the job queue is away'),
    ...rest,
  });
}
