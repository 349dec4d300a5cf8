/** The URL schemes of `JOBS_URL`. */
export const JOBS_SCHEMES: readonly string[] = ['redis:', 'rediss:'];
