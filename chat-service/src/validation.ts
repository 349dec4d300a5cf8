import { type FieldError, fieldErrors, Problem } from '@carillon/protocol';
import type { z } from 'zod';

/** Returns the problem `invalid`, which reports all errors together. */
export function invalid(errors: readonly FieldError[]): Problem {
  const fields = [...new Set(errors.map(({ field }) => field))].join(', ');
  return new Problem('invalid', `Not valid: ${fields}.`, { errors });
}

/** Parses `value` with `schema`. Throws the problem `invalid` with every error. `where` names the value as a whole in the errors. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where = 'body',
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(fieldErrors(result.error, where));
}

/** Parses each value with its schema, into one object. Throws the problem `invalid` with the errors of all of them, in their order. */
export function parseTogether(
  ...parts: readonly (readonly [schema: z.ZodType, value: unknown])[]
): Record<string, unknown> {
  const results = parts.map(([schema, value]) => schema.safeParse(value));
  const errors = results.flatMap(({ error }) => (error === undefined ? [] : fieldErrors(error, 'query')));
  if (errors.length > 0) throw invalid(errors);
  return Object.assign({}, ...results.map(({ data }) => data));
}
