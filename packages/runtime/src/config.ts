import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What a process is configured by: the environment, or in a test any record. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong with the environment, each fault a line that names its variable and shows no secret. */
export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration is not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.faults = faults;
  }
}

const secrets = z.registry<{ secret: true }>();

/** Marks a variable as a secret: it may come as `NAME_FILE`, and is never printed. */
export function secret<T extends z.ZodType>(schema: T): T {
  secrets.add(schema, { secret: true });
  return schema;
}

/**
 * Reads a service's configuration, once, at its start. `schema` has a field for each variable, by its name. An empty
 * variable counts as unset. A secret also comes from the file that `NAME_FILE` names, without its last newline.
 *
 * @throws ConfigError with every fault at once.
 */
export function parseConfig<S extends z.ZodObject>(schema: S, env: Environment): z.output<S> {
  const faults: string[] = [];
  const given: Record<string, string> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const value = isSecret(field) ? readSecret(name, env, faults) : env[name];
    if (value !== undefined && value !== '') given[name] = value;
  }
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) faults.push(`${path.join('.')}: ${message}`);
  }
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults);
  return parsed.data;
}

/** The configuration as it may be printed: secrets, and passwords in URLs, are masked. */
export function redacted(
  shape: z.ZodRawShape,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => {
      if (isSecret(schema.shape[name])) return [name, value === undefined ? undefined : '***'];
      return [name, typeof value === 'string' ? value.replace(/(:\/\/[^:/@]*):[^@/]*@/, '$1:***@') : value];
    }),
  );
}

/** A TCP port; 0 lets the system pick one. */
export function port(otherwise: number) {
  return z.coerce.number('must be a number').int().min(0).max(65_535).default(otherwise);
}

/** `on` or `off`, as a boolean. */
export function onOff(otherwise: 'on' | 'off') {
  return z
    .enum(['on', 'off'], 'must be "on" or "off"')
    .default(otherwise)
    .transform((value) => value === 'on');
}

/** A URL of one of these schemes, such as `postgres:`. The message never holds the URL, which may hold a password. */
export function urlOf(...schemes: [string, ...string[]]) {
  return z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
    message: `must be a URL that starts with ${schemes.join(' or ')}`,
  });
}

export const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
  .default('info');

function isSecret(schema: unknown): boolean {
  return schema instanceof z.ZodType && secrets.has(schema);
}

function readSecret(name: string, env: Environment, faults: string[]): string | undefined {
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return env[name];
  if (env[name]) {
    faults.push(`${name}: given twice, by ${name} and by ${name}_FILE`);
    return undefined;
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch {
    faults.push(`${name}_FILE: the file it names cannot be read`);
    return undefined;
  }
}
