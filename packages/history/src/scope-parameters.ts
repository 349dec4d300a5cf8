import { textArray } from './array-parameter.ts';
import type { Parameter } from './database.ts';
import type { ReadScope } from './read-scope.ts';

/**
 * A scope as three parameters: LIKE patterns of readable channels (null: any), the person or null, LIKE patterns of
 * private channels that can be read without membership.
 */
export function scopeParameters({ subscribe, person, moderate }: ReadScope): Parameter[] {
  return [
    subscribe.includes('*') ? null : textArray(subscribe.map(likePattern)),
    person ?? null,
    textArray(moderate.map(likePattern)),
  ];
}

function likePattern(pattern: string): string {
  return pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%');
}
