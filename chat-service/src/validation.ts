import { type FieldError, fieldErrors, Problem } from '@carillon/protocol';
import type { z } from 'zod';

/** The problem of fields that are not valid: all of them at once. */
export function invalid(errors: readonly FieldError[]): Problem {
  const fields = [...new Set(errors.map(({ field }) => field))].join(', ');
  return new Problem('invalid', `Not valid: ${fields}.`, { errors });
}

/** What `schema` makes of `value`; throws the problem that lists every fault. `where` names the value as a whole. */
export function parse<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  where = 'body',
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw invalid(fieldErrors(result.error, where));
}
