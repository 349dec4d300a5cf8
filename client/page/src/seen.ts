/** How far each channel was read, kept by the browser between visits. Where it keeps nothing, all is as on a first visit. */
const STORAGE_KEY = 'carillon.seen';
/** Channels remembered; those read longest ago are forgotten first. */
const MAX_REMEMBERED = 200;

/** seq of the last message that was seen, by channel. */
export function loadSeen(): Map<string, number> {
  try {
    const entries: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '[]');
    return new Map(Array.isArray(entries) ? (entries as [string, number][]) : []);
  } catch {
    return new Map();
  }
}

export function saveSeen(channel: string, seq: number): void {
  const seen = loadSeen();
  if (seen.get(channel) === seq) return;
  seen.delete(channel);
  seen.set(channel, seq);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify([...seen].slice(-MAX_REMEMBERED)));
  } catch {
    // Full or forbidden: unread counts start anew at the next visit.
  }
}
