/** Lists that anybody can leave at once: each member knows its place, and the last one takes a gap. */
interface Placed {
  place: number;
}

export function join<T extends Placed>(list: T[], member: T): void {
  member.place = list.length;
  list.push(member);
}

/** Does nothing for one that is not in the list. */
export function leave<T extends Placed>(list: T[], member: T): void {
  if (member.place < 0) return;
  const last = list.pop();
  if (last !== undefined && last !== member) {
    list[member.place] = last;
    last.place = member.place;
  }
  member.place = -1;
}
