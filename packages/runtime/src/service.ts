import { constants } from 'node:os';
import type { z } from 'zod';
import { ConfigError, parseConfig, redacted } from './config.ts';
import type { logLevel } from './fields.ts';
import { createLog, type Log } from './log.ts';

/** How long a stop may take, ms: less than the 30 s after which an orchestrator kills, and more than streams need to drain. */
export const GRACE_MS = 10_000;

/** EX_CONFIG of sysexits.h: a restart does not help. */
export const EXIT_CONFIG = 78;

/** What a service's start function gets besides its configuration. */
export interface ServiceContext {
  /** The service's name, as in its log. */
  readonly service: string;
  readonly log: Log;
  /** Aborted when the process gets a stop signal. */
  readonly stopping: AbortSignal;
  /**
   * Record here what the start opens, each as soon as it is open, by `adopt` or `defer`. It is closed in reverse: at a stop, and if the
   * start fails half-way. If closing a part fails, the others are closed all the same.
   */
  readonly scope: AsyncDisposableStack;
}

/** The variables of a service; every service has `LOG_LEVEL`. */
export type ServiceSchema = z.ZodObject<{ LOG_LEVEL: typeof logLevel }>;

/**
 * Runs a service as this process: reads its configuration from the environment, makes its log, starts it, and closes what it
 * opened on SIGTERM or SIGINT. A start that waits for something may give up with AbortError when `stopping` says so.
 *
 * Exit codes: 0 after a stop within {@link GRACE_MS}; 1 after a fault, or if the stop took longer;
 * {@link EXIT_CONFIG} if the configuration is wrong, with every error on stderr; 128 + the signal's number at a
 * second signal, which ends the process at once.
 *
 * @example runService('hello-bot', schema, async (config, { log, scope }) => {
 *   scope.adopt(startBot(config.TARGET_URL, log), (bot) => bot.stop());
 * });
 */
export function runService<S extends ServiceSchema>(
  service: string,
  schema: S,
  start: (config: z.output<S>, context: ServiceContext) => Promise<void>,
): void {
  const config = readConfig(service, schema);
  const log = createLog({ service, level: config.LOG_LEVEL });
  const scope = new AsyncDisposableStack();

  /** Reports why the process ends. Returns its exit code. */
  function report(err: unknown, what: string): number {
    if (err instanceof ConfigError) return refuse(service, err);
    log.fatal({ err }, what);
    return 1;
  }
  const crash = (err: unknown, what: string): never => process.exit(report(err, what));
  process.on('uncaughtException', (err) => crash(err, 'unhandled error'));
  process.on('unhandledRejection', (err) => crash(err, 'unhandled rejection'));

  const stopping = new AbortController();
  async function stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    if (stopping.signal.aborted) process.exit(128 + constants.signals[signal]);
    stopping.abort();
    log.info({ signal }, 'stopping');
    setTimeout(() => crash(undefined, `not stopped within ${GRACE_MS} ms`), GRACE_MS);
    // A stop during the start waits for it, so that everything that was opened is closed.
    await running;
    await scope.disposeAsync();
    log.info('stopped');
    process.exit(0);
  }
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  log.info({ config: redacted(schema, config), node: process.version }, 'starting');
  const context = { service, log, stopping: stopping.signal, scope };
  const running = start(config, context).catch(async (err: unknown) => {
    if (stopping.signal.aborted && err instanceof Error && err.name === 'AbortError') return;
    const code = report(err, 'cannot start');
    // The reason is already reported. The exit does not wait for parts that do not close in time.
    setTimeout(() => process.exit(code), GRACE_MS);
    await scope
      .disposeAsync()
      .catch((fault: unknown) => log.warn({ err: fault }, 'not everything was closed'));
    process.exit(code);
  });
}

function readConfig<S extends ServiceSchema>(service: string, schema: S): z.output<S> {
  try {
    return parseConfig(schema, process.env);
  } catch (error) {
    if (error instanceof ConfigError) process.exit(refuse(service, error));
    throw error;
  }
}

/** Writes every error of the configuration to stderr. Returns the exit code. */
function refuse(service: string, error: ConfigError): number {
  const lines = [`${service}: the environment cannot be used`, ...error.faults.map((fault) => `  ${fault}`)];
  process.stderr.write(`${lines.join('\n')}\n`);
  return EXIT_CONFIG;
}
