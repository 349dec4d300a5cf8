/** All checks, in this order. */
export const EXAMINED = [
  'certificate',
  'http/2',
  'calls',
  'host',
  'https',
  'stream',
  'http',
  'compression',
  'buffering',
  'first event',
  'cursor header',
  'clock',
  'length',
  'stickiness',
  'idle',
  'leaving',
] as const;

type Name = (typeof EXAMINED)[number];

/** The result of one check, in words for the person who runs the proxy. */
export interface Finding {
  /** The name of the check, such as `buffering`. Stable, because programs may read it. */
  name: Name;
  /** `unknown`: the check was impossible because of an earlier problem. */
  status: 'ok' | 'warning' | 'fault' | 'unknown';
  /** What was observed. */
  detail: string;
  /** What to do about it, if anything. */
  remedy?: string;
}

/** A check that found no problem. */
export function ok(name: Name, detail: string): Finding {
  return { name, status: 'ok', detail };
}

/** A check that found a fault, with its remedy. */
export function fault(name: Name, detail: string, remedy: string): Finding {
  return { name, status: 'fault', detail, remedy };
}

/** A check that found something to improve, with its remedy. */
export function warning(name: Name, detail: string, remedy: string): Finding {
  return { name, status: 'warning', detail, remedy };
}

/** A check that was impossible, with the reason. */
export function unknown(name: Name, detail: string): Finding {
  return { name, status: 'unknown', detail };
}
