import type { z } from 'zod';

/** JSON by `schema`, as the content of a body or of an answer. */
export const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });

/** A body in JSON. */
export const jsonBody = <Schema extends z.ZodType>(schema: Schema, required = true) => ({
  required,
  content: json(schema),
});

/** A header of an answer. */
export const header = (description: string) => ({ description, schema: { type: 'string' as const } });

/** The headers of a page of results. */
export const NEXT_LINK = { Link: header('next (RFC 8288)') };
export const PAGE_LINKS = { Link: header('next and prev (RFC 8288)') };
