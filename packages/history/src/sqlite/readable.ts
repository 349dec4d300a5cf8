import type { Visibility } from '../access.ts';
import type { ReadScope } from '../read-scope.ts';
import type { Connection } from './connection.ts';

/** Returns a function that checks whether a channel is within this scope. For use in one transaction. */
export function readableChannel(
  connection: Connection,
  { subscribe, person, moderate }: ReadScope,
): (channel: { id: number; name: string; visibility: Visibility }) => boolean {
  const [subscribed, moderated] = [patternOf(subscribe), patternOf(moderate)];
  return ({ id, name, visibility }) =>
    subscribed.test(name) &&
    (visibility === 'public' ||
      moderated.test(name) ||
      (person !== undefined &&
        connection.get('select 1 from channel_members where channel_id = ? and person_id = ?', id, person) !==
          undefined));
}

/** Matches the names of the patterns, in which `*` stands for any characters. */
function patternOf(patterns: readonly string[]): RegExp {
  if (patterns.length === 0) return /(?!)/;
  const sources = patterns.map((pattern) =>
    pattern.replace(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*'),
  );
  return new RegExp(`^(?:${sources.join('|')})$`, 's');
}
