import { connectRedis, type RedisConnection, type RedisOptions } from '@carillon/redis';
import { PREFIX } from './payloads.ts';
import { JOBS_SCHEMES } from './schemes.ts';

/** Time limit for one command, ms: a frozen server counts as unavailable. */
const COMMAND_TIMEOUT_MS = 2_000;

/**
 * Time after which a server that owes an answer is given up together with its connection, ms; a new connection follows.
 * A connection to a server that vanished would otherwise block for a quarter of an hour. Longer than the limit of a
 * command; for workers longer than the 10 s for which BullMQ lets Redis wait for a job.
 */
const IMPATIENT_SILENCE_MS = 3_000;
const PATIENT_SILENCE_MS = 15_000;

export interface ConnectionOptions {
  /** Certificates in PEM that are trusted in addition to the system's, for `rediss:`. */
  ca?: string | undefined;
  /** Gets one line for each outage, with its reason. */
  log?: ConnectionLog | undefined;
}

export interface ConnectionLog {
  warn(fields: object, message: string): void;
}

/**
 * A connection for adding jobs, whose callers wait: while Redis is unavailable a command fails at once. `onUp` is
 * called when Redis becomes available.
 */
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

/** A connection for workers: a command waits until Redis is back, as BullMQ requires. */
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
    throw new TypeError(`a jobs URL must start with ${JOBS_SCHEMES.join(' or ')}`);
  return connectRedis(url, {
    ca,
    prefix: PREFIX,
    // Only the message: other fields of an error may contain the command with the password.
    onAway: ({ message }) => log?.warn({ reason: message }, 'the job queue is unavailable'),
    ...rest,
  });
}
