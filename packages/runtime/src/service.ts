import { constants } from 'node:os';
import type { z } from 'zod';
import { ConfigError, parseConfig, redacted } from './config.ts';
import type { logLevel } from './fields.ts';
import { createLog, type Log } from './log.ts';

/** Under the 30 s after which an orchestrator kills, with time for a supervisor above; streams drain well within it. */
export const GRACE_MS = 10_000;

/** EX_CONFIG of sysexits.h: starting again will not help. */
export const EXIT_CONFIG = 78;

/** A service that runs. `close` ends it: streams drained, stores closed. It is called once. */
export interface Service {
  close(): Promise<void>;
}

/** The variables of a service; every service has `LOG_LEVEL`. */
export type ServiceSchema = z.ZodObject<{ LOG_LEVEL: typeof logLevel }>;

/**
 * Runs a service as this process: reads its configuration from the environment, makes its log, starts it, and
 * closes it on SIGTERM or SIGINT. A start that waits for something may give up with AbortError when `stopping` says so.
 *
 * Exit codes: 0 after a stop within {@link GRACE_MS}; 1 after a fault, or where the stop took longer;
 * {@link EXIT_CONFIG} where the configuration is wrong, with every fault on stderr; 128 + the signal's number at a
 * second signal, which does not wait.
 *
 * @example runService('hello-bot', schema, async (config, log) => startBot(config.TARGET_URL, log));
 */
export function runService<S extends ServiceSchema>(
  service: string,
  schema: S,
  start: (config: z.output<S>, log: Log, stopping: AbortSignal) => Promise<Service>,
): void {
  const config = readConfig(service, schema);
  const log = createLog({ service, level: config.LOG_LEVEL });

  function crash(err: unknown, what: string): never {
    if (err instanceof ConfigError) refuse(service, err);
    log.fatal({ err }, what);
    process.exit(1);
  }
  process.on('uncaughtException', (err) => crash(err, 'unhandled error'));
  process.on('unhandledRejection', (err) => crash(err, 'unhandled rejection'));

  const stopping = new AbortController();
  async function stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    if (stopping.signal.aborted) process.exit(128 + constants.signals[signal]);
    stopping.abort();
    log.info({ signal }, 'stopping');
    setTimeout(() => crash(undefined, `not stopped within ${GRACE_MS} ms`), GRACE_MS);
    // A stop that comes during the start waits for it, so that what was opened is closed.
    await (await running)?.close();
    log.info('stopped');
    process.exit(0);
  }
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  log.info({ config: redacted(schema, config), node: process.version }, 'starting');
  const running = start(config, log, stopping.signal).catch((err: unknown) => {
    if (stopping.signal.aborted && err instanceof Error && err.name === 'AbortError') return undefined;
    return crash(err, 'cannot start');
  });
}

function readConfig<S extends ServiceSchema>(service: string, schema: S): z.output<S> {
  try {
    return parseConfig(schema, process.env);
  } catch (error) {
    if (error instanceof ConfigError) refuse(service, error);
    throw error;
  }
}

function refuse(service: string, error: ConfigError): never {
  const lines = [`${service}: the environment cannot be used`, ...error.faults.map((fault) => `  ${fault}`)];
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(EXIT_CONFIG);
}
