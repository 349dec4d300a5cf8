/** All that is examined, in this order. */
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

/** One thing that was examined, and what was found, in words for the person who runs the proxy. */
export interface Finding {
  /** What was examined, such as `buffering`. Stable: programs may read it. */
  name: Name;
  /** `unknown`: it could not be examined, since something else stood before it. */
  status: 'ok' | 'warning' | 'fault' | 'unknown';
  /** What was seen. */
  detail: string;
  /** What to do about it, where something is to be done. */
  remedy?: string;
}

export function ok(name: Name, detail: string): Finding {
  return { name, status: 'ok', detail };
}

export function fault(name: Name, detail: string, remedy: string): Finding {
  return { name, status: 'fault', detail, remedy };
}

export function warning(name: Name, detail: string, remedy: string): Finding {
  return { name, status: 'warning', detail, remedy };
}

export function unknown(name: Name, detail: string): Finding {
  return { name, status: 'unknown', detail };
}
