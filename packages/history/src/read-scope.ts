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
