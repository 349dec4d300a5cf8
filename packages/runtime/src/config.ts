/** Configuration: from the environment only, parsed once at start. All errors are reported together. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export type Environment = Readonly<Record<string, string | undefined>>;

declare module 'zod' {
  interface GlobalMeta {
    /** See {@link secret}. */
    secret?: boolean;
    /** For the documentation: what applies if a variable without a default is unset. */
    unset?: string;
  }
}

/** The environment is not valid. `faults` has one line for each error: the variable's name and the reason, never a secret's value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the environment cannot be used: ${faults.join('; ')}`);
    this.faults = faults;
  }
}

/**
 * Reads the variables of `schema`, which are its keys. An empty value counts as unset. A {@link secret} `NAME` may be given as
 * `NAME_FILE`, the path of a file with the value (its last newline is dropped). An unset variable is built from its parts, if it
 * has some ({@link madeFrom}).
 * @throws ConfigError with all faults found.
 */
export function parseConfig<S extends z.ZodObject>(schema: S, environment: Environment): z.output<S> {
  const faults: string[] = [];
  const unusable = new Set<PropertyKey>();
  const values: Record<string, string | undefined> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const given = readValue(name, field, environment);
    values[name] = given.value;
    if (given.faults.length === 0) continue;
    // Two variables may share a part.
    faults.push(...given.faults.filter((fault) => !faults.includes(fault)));
    unusable.add(name);
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

/**
 * Returns a field that is built from other variables if it is unset. `make` gets the parsed variables of `schema`, and returns the value
 * as you would write it in the environment, or undefined if they are not set either. The parts are read, and validated, only then.
 */
export function madeFrom<T extends z.ZodType, P extends z.ZodObject>(
  field: T,
  schema: P,
  make: (parts: z.output<P>) => string | undefined,
): T {
  const made = field.clone();
  const parts: Parts = { schema, make: (environment) => make(parseConfig(schema, environment)) };
  PARTS.add(made, { parts });
  return made;
}

interface Parts {
  readonly schema: z.ZodObject;
  readonly make: (environment: Environment) => string | undefined;
}

/** Holds {@link Parts}, typed as unknown: with their type, the recursive schema types of the registry do not resolve. */
const PARTS = z.registry<{ parts: unknown }>();

/** Returns a configuration that is safe to log: without secrets, passwords inside URLs and the content of files. */
export function redacted(
  schema: z.ZodObject,
  config: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const shown = Object.entries(config).map(([name, value]) => {
    const field = schema.shape[name];
    if (field !== undefined && isSecret(field)) return [name, value === undefined ? undefined : MASK];
    return [name, typeof value === 'string' ? firstLine(maskUrl(value)) : value];
  });
  return Object.fromEntries(shown);
}

/** Returns a field and the fields wrapped by its `.optional()`, `.default()` and `.transform()`, from the outside in. */
export function layersOf(field: z.core.$ZodType): z.core.$ZodType[] {
  // The metadata of a field is on one of these layers.
  const { def } = field._zod as { def: { innerType?: z.core.$ZodType; in?: z.core.$ZodType } };
  const inner = def.innerType ?? def.in;
  return inner === undefined ? [field] : [field, ...layersOf(inner)];
}

/** Returns the variables from which a field is built if it is unset; undefined if there are none. */
export function partsOf(field: z.core.$ZodType): z.ZodObject | undefined {
  return partsIn(field)?.schema;
}

/** Returns the metadata from `.meta()` and `.describe()` on any layer of a field; the outermost layer takes precedence. */
export function metaOf(field: z.core.$ZodType): z.core.GlobalMeta {
  return Object.assign(
    {},
    ...layersOf(field)
      .reverse()
      .map((layer) => z.globalRegistry.get(layer)),
  );
}

/** Returns whether a field is a {@link secret}. */
export function isSecret(field: z.core.$ZodType): boolean {
  return metaOf(field).secret === true;
}

function partsIn(field: z.core.$ZodType): Parts | undefined {
  const layer = layersOf(field).find((each) => PARTS.get(each)?.parts !== undefined);
  return layer && (PARTS.get(layer)?.parts as Parts);
}

const MASK = '***';

interface Given {
  value: string | undefined;
  faults: readonly string[];
}

function readValue(name: string, field: z.core.$ZodType, environment: Environment): Given {
  const parts = partsIn(field);
  const given = isSecret(field)
    ? readSecret(name, environment)
    : { value: environment[name] || undefined, faults: [] };
  if (parts === undefined || given.value !== undefined || given.faults.length > 0) return given;
  try {
    return { value: parts.make(environment), faults: [] };
  } catch (error) {
    if (error instanceof ConfigError) return { value: undefined, faults: error.faults };
    throw error;
  }
}

function readSecret(name: string, environment: Environment): Given {
  const value = environment[name] || undefined;
  const path = environment[`${name}_FILE`] || undefined;
  if (path === undefined) return { value, faults: [] };
  if (value !== undefined) return { value, faults: [`${name}: given twice, as ${name} and as ${name}_FILE`] };
  try {
    const content = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (content !== '') return { value: content, faults: [] };
    return { value: undefined, faults: [`${name}_FILE: the file is empty`] };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? ` (${error.code})` : '';
    return { value: undefined, faults: [`${name}_FILE: the file cannot be read${code}`] };
  }
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodObject, values: Environment): string {
  if (issue.path.length === 0) return issue.message;
  // A field may be a list; the variable is one.
  const name = String(issue.path[0]);
  const value = values[name];
  const field = schema.shape[name];
  if (value === undefined && issue.code === 'invalid_type') {
    const [part] = Object.keys((field && partsOf(field))?.shape ?? {});
    return `${name}: is not set${part === undefined ? '' : `, nor is ${part}`}`;
  }
  const tellsSecret =
    value !== undefined && field !== undefined && isSecret(field) && issue.message.includes(value);
  return `${name}: ${tellsSecret ? 'is not valid' : issue.message}`;
}

const SECRET_PARAMETER = /([?&][^=&#]*(?:password|secret|token|key)[^=&#]*=)[^&#]*/gi;

function maskUrl(text: string): string {
  if (!text.includes('://')) return text;
  return maskPassword(text).replaceAll(SECRET_PARAMETER, `$1${MASK}`);
}

function maskPassword(text: string): string {
  // The URL parser refuses some adapters' URLs (several hosts with ports): then everything before the last @ is masked.
  if (!URL.canParse(text)) return text.replace(/:\/\/.*@/s, `://${MASK}@`);
  const url = new URL(text);
  if (url.password !== '') url.password = MASK;
  return url.href;
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : `${text.slice(0, end)} …`;
}
