/**
 * A new `Idempotency-Key`: 122 random bits or more, so that no two messages share one. `crypto.randomUUID` is
 * missing in browsers on plain http (a chat on a LAN); `getRandomValues` is there everywhere.
 */
export function newKey(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
