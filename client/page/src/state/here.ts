import type { Author, PresenceEvent } from '@carillon/client';
import { counted, number } from './numbers.ts';

/** More names than this do not fit in a line. */
const NAMES = 3;

const list = new Intl.ListFormat('en-GB');

/** Says who is on a channel, in one line; empty where nobody is known to be. */
export function hereText(
  { people, count, anonymous }: PresenceEvent,
  nameOf = ({ name }: Author): string => name,
): string {
  const named = people.slice(0, NAMES).map(nameOf);
  const more = count - named.length;
  if (more > 0) named.push(`${number(more)} more`);
  if (anonymous > 0) named.push(counted(anonymous, 'guest'));
  return list.format(named);
}
