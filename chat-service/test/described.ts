import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { Answer } from './request.ts';

const DOCUMENT = 'https://carillon.example/openapi.json';

export interface Operation {
  tags?: string[];
  parameters?: { name: string; in: string; example?: unknown; schema: { example?: unknown } }[];
  requestBody?: { content: Record<string, { schema: { $ref?: string } }> };
  responses: Record<string, { content?: Record<string, { schema: unknown }>; description: string }>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { example?: unknown }> };
}

/** Gives the check of an answer against what `document` says of its operation, its status and its type. */
export function describedBy(document: Document) {
  // Holds the document, so that what is in it is compiled once.
  const ajv = new Ajv2020({ strict: false, allErrors: true, schemas: [{ $id: DOCUMENT, ...document }] });
  formats.default(ajv);
  const checks = new Map<string, ReturnType<typeof ajv.compile>>();

  return (path: string, method: string, answer: Pick<Answer, 'status' | 'headers' | 'json'>): void => {
    const type = answer.headers['content-type'];
    const described = document.paths[path]?.[method]?.responses[answer.status];
    const which = `${method} ${path} ${answer.status} ${answer.json?.code ?? ''}`;
    expect(described, `${which} is described`).toBeDefined();
    if (answer.json?.code !== undefined)
      expect(described?.description, which).toContain(`\`${answer.json.code}\``);
    if (type === undefined) {
      expect(described?.content, which).toBeUndefined();
      return;
    }
    expect(described?.content?.[type], `${which} ${type} is described`).toBeDefined();
    const place = ['paths', path, method, 'responses', String(answer.status), 'content', type, 'schema'];
    const pointer = place.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    const check = checks.get(pointer) ?? ajv.compile({ $ref: `${DOCUMENT}#${encodeURI(pointer)}` });
    checks.set(pointer, check);
    if (type.includes('json'))
      expect(check(answer.json), `${which} ${JSON.stringify(check.errors)}`).toBe(true);
  };
}
