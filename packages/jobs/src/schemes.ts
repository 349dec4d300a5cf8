/** The schemes that a `JOBS_URL` may have. */
export const JOBS_SCHEMES: readonly string[] = ['redis:', 'rediss:'];
