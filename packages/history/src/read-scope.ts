import { textArray } from './array-parameter.ts';
import type { Parameter } from './database.ts';

/** Which channels a person may read. Patterns of channel names, in which `*` stands for any characters. */
export interface ReadScope {
  /** Channels whose names match one of these. */
  subscribe: readonly string[];
  /** Private channels can be read by their members; undefined for anonymous callers. */
  person: string | undefined;
  /** Private channels of these names can be read without membership. */
  moderate: readonly string[];
}

/** The scope of a reader of everything. */
export const ALL_CHANNELS: ReadScope = { subscribe: ['*'], person: undefined, moderate: ['*'] };

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
