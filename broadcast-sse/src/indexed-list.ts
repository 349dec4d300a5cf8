/** A member of a list that it can leave in constant time. */
export interface Indexed {
  /** Its index in the list; -1 while it is in none. */
  index: number;
}

/** Adds a member at the end. */
export function addTo<T extends Indexed>(list: T[], member: T): void {
  member.index = list.length;
  list.push(member);
}

/** Removes a member; the last one moves into the gap. Does nothing for a member that is in no list. */
export function removeFrom<T extends Indexed>(list: T[], member: T): void {
  if (member.index < 0) return;
  const last = list.pop();
  if (last !== undefined && last !== member) {
    list[member.index] = last;
    last.index = member.index;
  }
  member.index = -1;
}
