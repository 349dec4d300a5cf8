import type { IncomingHttpHeaders } from 'node:http';
import { sameSecret } from '@carillon/auth';
import type { Jobs } from '@carillon/jobs';
import { Problem } from '@carillon/protocol';

/** What routes need that give work to the worker. */
export interface JobParts {
  /** Undefined if no job queue is configured, so no worker would do the work. */
  jobs: Jobs | undefined;
  /** The bearer token that webhooks and exports need; if undefined, they are refused. */
  adminToken: string | undefined;
}

/** Returns the job queue. Throws the problem `not_configured` if there is none. */
export function requireJobs({ jobs }: Pick<JobParts, 'jobs'>): Jobs {
  if (jobs !== undefined) return jobs;
  throw new Problem('not_configured', 'This server has no job queue (JOBS_URL), and so no worker.');
}

/**
 * Returns the job queue for a caller with the admin token. Throws the problem `not_configured` if there is no queue or no admin token,
 * and `forbidden` for other callers.
 */
export function requireAdmin(parts: JobParts, headers: IncomingHttpHeaders): Jobs {
  const jobs = requireJobs(parts);
  if (parts.adminToken === undefined) {
    throw new Problem('not_configured', 'This server has no admin token (ADMIN_TOKEN).');
  }
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (given === undefined || !sameSecret(given, parts.adminToken)) {
    throw new Problem('forbidden', 'This needs the admin token, as Authorization: Bearer.');
  }
  return jobs;
}
