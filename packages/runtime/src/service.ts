import { ConfigError, type Environment } from './config.ts';

/** What a started service can be told: to stop. */
export interface Service {
  close(): Promise<void>;
}

/** BSD's EX_CONFIG (sysexits.h): a supervisor need not start it again before somebody has looked. */
const EXIT_CONFIG = 78;

/** A stop that takes longer is ended, ms: within the 10 s that Docker gives, before it kills. */
const STOP_MS = 9_000;

/**
 * Runs a service as this process: starts it with the environment, stops it once at SIGTERM or SIGINT (exit 0), and at
 * once at a second signal. Faults of the configuration go to standard error, all of them, with exit 78.
 */
export async function runService(start: (env: Environment) => Promise<Service>): Promise<void> {
  const started = start(process.env);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) process.exit(1);
      stopping = true;
      setTimeout(() => exit(`did not stop within ${STOP_MS / 1_000} s`), STOP_MS).unref();
      started
        .then((service) => service.close())
        .then(() => process.exit(0))
        .catch(exit);
    });
  }
  try {
    await started;
  } catch (error) {
    if (!(error instanceof ConfigError)) exit(error);
    process.stderr.write(`${(error as ConfigError).message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

function exit(reason: unknown): never {
  process.stderr.write(`${reason instanceof Error ? (reason.stack ?? reason.message) : reason}\n`);
  process.exit(1);
}
