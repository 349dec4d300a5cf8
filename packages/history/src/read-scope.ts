import { textArray } from './array-parameter.ts';
import type { Parameter } from './database.ts';

/** What somebody may read: patterns of channel names, in which `*` stands for any characters. */
export interface ReadScope {
  /** Channels whose names match one of these. */
  subscribe: readonly string[];
  /** Private channels are read by their members; undefined where nobody says who they are. */
  person: string | undefined;
  /** Private channels of these names are read without being a member. */
  moderate: readonly string[];
}

/** Who reads everything. */
export const ALL_CHANNELS: ReadScope = { subscribe: ['*'], person: undefined, moderate: ['*'] };

/**
 * A scope as three parameters: LIKE patterns of what may be read (null: any), the person or null, LIKE patterns of the private channels
 * that are read without being a member.
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
