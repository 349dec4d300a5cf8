/** Dates as people write them; the locale and the time zone are the browser's. */
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const oldDay = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' });

/** Such as 14:05. */
export function clockTime(date: string): string {
  return clock.format(new Date(date));
}

/** Such as Saturday, November 21, 2026 at 14:05:33. */
export function fullTime(date: string): string {
  return full.format(new Date(date));
}

/** Such as Nov 21, 2026, 14:05. */
export function dateAndTime(date: string): string {
  return short.format(new Date(date));
}

/** Such as Saturday, November 21, 2026. */
export function fullDay(date: Date): string {
  return oldDay.format(date);
}

/** "Today", "Yesterday", or the day; with its year where that is not `now`'s. */
export function dayName(date: string, now: Date = new Date()): string {
  const then = new Date(date);
  const days = Math.round((midnight(now) - midnight(then)) / 86_400_000);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return (then.getFullYear() === now.getFullYear() ? day : oldDay).format(then);
}

function midnight(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
