/** What is kept by the day is put back by so much, ms. */
export const DAY_MS = 24 * 60 * 60 * 1_000;

/** Where times lie that are not of the log: columns, by table. */
export const TIMES: Readonly<Record<string, readonly string[]>> = {
  webhooks: ['lease_ms', 'next_ms', 'failing_since_ms'],
  sanctions: ['until_ms'],
  revocations: ['until_ms'],
  tickets: ['until_ms'],
  audit: ['at_ms'],
};
