/** Configuration: from the environment only, parsed once at start, every fault told at once. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

declare module 'zod' {
  interface GlobalMeta {
    /** See {@link secret}. */
    secret?: boolean;
  }
}

/** The environment cannot be used. `faults` has one line for each thing wrong: the variable's name and why, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the environment cannot be used: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

/**
 * Reads the variables that `schema` has, by its keys. An empty value counts as unset. A {@link secret} `NAME` may
 * come as `NAME_FILE`, the path of a file with the value (without its last newline).
 * @throws ConfigError with all faults found.
 */
export function parseConfig<S extends z.ZodObject>(schema: S, environment: Environment): z.output<S> {
  const faults: string[] = [];
  const unusable = new Set<PropertyKey>();
  const values: Record<string, string | undefined> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const given = isSecret(field) ? readSecret(name, environment) : { value: environment[name] || undefined };
    values[name] = given.value;
    if (given.fault !== undefined) {
      faults.push(given.fault);
      unusable.add(name);
    }
  }
  const parsed = schema.safeParse(values);
  if (parsed.success && faults.length === 0) return parsed.data;
  for (const issue of parsed.error?.issues ?? []) {
    const [name] = issue.path;
    if (name === undefined || !unusable.has(name)) faults.push(describe(issue, schema, values));
  }
  throw new ConfigError(faults);
}

/** Marks a field as a secret: it may come from a file, and it is never printed. Put it around the field's own checks. */
export function secret<T extends z.ZodType>(field: T): T {
  return field.meta({ secret: true });
}

/** What may be printed of a configuration: secrets, and passwords inside URLs, are masked. */
export function redacted(
  schema: z.ZodObject,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const shown = Object.entries(config).map(([name, value]) => {
    if (isSecret(schema.shape[name])) return [name, value === undefined ? undefined : MASK];
    return [name, typeof value === 'string' ? maskUrl(value) : value];
  });
  return Object.fromEntries(shown);
}

const MASK = '***';

function isSecret(field: z.core.$ZodType | undefined): boolean {
  for (let inner = field; inner !== undefined; ) {
    if (z.globalRegistry.get(inner)?.secret === true) return true;
    // `.optional()`, `.default()` and `.transform()` stand around the field that was marked.
    const { def } = inner._zod as { def: { innerType?: z.core.$ZodType; in?: z.core.$ZodType } };
    inner = def.innerType ?? def.in;
  }
  return false;
}

function readSecret(name: string, environment: Environment): { value: string | undefined; fault?: string } {
  const value = environment[name] || undefined;
  const path = environment[`${name}_FILE`] || undefined;
  if (path === undefined) return { value };
  if (value !== undefined) return { value, fault: `${name}: given twice, as ${name} and as ${name}_FILE` };
  try {
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return content === ''
      ? { value: undefined, fault: `${name}_FILE: the file is empty` }
      : { value: content };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    return { value: undefined, fault: `${name}_FILE: the file cannot be read${code}` };
  }
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodObject, values: Environment): string {
  if (issue.path.length === 0) return issue.message;
  const name = issue.path.join('.');
  const value = values[name];
  if (value === undefined && issue.code === 'invalid_type') return `${name}: is not set`;
  const tellsSecret = value !== undefined && isSecret(schema.shape[name]) && issue.message.includes(value);
  return `${name}: ${tellsSecret ? 'is not valid' : issue.message}`;
}

const SECRET_PARAMETER = /([?&][^=&#]*(?:password|secret|token|key)[^=&#]*=)[^&#]*/gi;

function maskUrl(text: string): string {
  if (!text.includes('://')) return text;
  return maskPassword(text).replaceAll(SECRET_PARAMETER, `$1${MASK}`);
}

function maskPassword(text: string): string {
  // Not every adapter's URL is one to the URL parser (several hosts with ports): then all before the last @ goes.
  if (!URL.canParse(text)) return text.replace(/:\/\/.*@/s, `://${MASK}@`);
  const url = new URL(text);
  if (url.password !== '') url.password = MASK;
  return url.href;
}
