import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { fieldErrors, PROBLEM_CODES, PROBLEMS, Problem, problemDocument } from '../src/index.ts';

describe('a problem', () => {
  it.each(PROBLEM_CODES)('of code %s is a document of its own schema, with that status and title', (code) => {
    const problem = new Problem(code, 'what happened', { errors: [{ field: 'body', detail: 'is wrong' }] });
    const document = JSON.parse(JSON.stringify(problem.document())) as unknown;
    expect(problemDocument.strict().parse(document)).toEqual({
      type: `/docs/problems#${code}`,
      ...PROBLEMS[code],
      code,
      detail: 'what happened',
      errors: [{ field: 'body', detail: 'is wrong' }],
    });
    expect(problem.status).toBe(PROBLEMS[code].status);
  });

  it('has an error status and a title of its own for each code', () => {
    for (const { status } of Object.values(PROBLEMS)) expect(status >= 400 && status <= 599).toBe(true);
    expect(new Set(Object.values(PROBLEMS).map(({ title }) => title)).size).toBe(PROBLEM_CODES.length);
  });

  it('is of the closed list: any other code is not in the schema', () => {
    const document = new Problem('internal', 'x').document();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom('constructor', '__proto__', 'INTERNAL')), (code) => {
        const listed = PROBLEM_CODES.some((known) => known === code);
        expect(problemDocument.safeParse({ ...document, code }).success).toBe(listed);
      }),
    );
  });

  it('keeps off the wire what is not in its document: the stack, the cause and the time to wait', () => {
    const problem = new Problem('history_away', 'try later', { retryAfter: 2 });
    expect(Object.keys(problem.document())).toEqual(['type', 'title', 'status', 'code', 'detail']);
    expect(problem.retryAfter).toBe(2);
  });
});

describe('field errors', () => {
  it('tell every fault at once, by its path', () => {
    const schema = z.strictObject({ body: z.string(), at: z.array(z.object({ seq: z.int() })) });
    const { error } = schema.safeParse({ body: 1, at: [{ seq: 1 }, { seq: 'x' }], more: true });
    expect(error && fieldErrors(error, 'the request').map(({ field }) => field)).toEqual([
      'body',
      'at.1.seq',
      'the request',
    ]);
  });
});
