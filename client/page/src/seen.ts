/** How far each channel was read, kept by the browser between visits. Where it keeps nothing, all is as on a first visit. */
const STORAGE_KEY = 'carillon.seen';
/** Channels remembered; those read longest ago are forgotten first. */
const MAX_REMEMBERED = 200;

/** Under the bare key is what was read without a session. */
function keyOf(person: string): string {
  return person === 'guest' ? STORAGE_KEY : `${STORAGE_KEY}/${encodeURIComponent(person)}`;
}

/** seq of the last message that this person saw here, by channel. */
export function loadSeen(person: string): Map<string, number> {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(keyOf(person)) ?? '[]');
    return new Map(Array.isArray(entries) ? (entries as [string, number][]) : []);
  } catch {
    return new Map();
  }
}

/** Keeps that this person saw a channel up to `seq`. */
export function saveSeen(person: string, channel: string, seq: number): void {
  const seen = loadSeen(person);
  if (seen.get(channel) === seq) return;
  seen.delete(channel);
  seen.set(channel, seq);
  try {
    localStorage.setItem(keyOf(person), JSON.stringify([...seen].slice(-MAX_REMEMBERED)));
  } catch {
    // Full or forbidden: unread counts start anew at the next visit.
  }
}
