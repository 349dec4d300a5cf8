import type { IncomingHttpHeaders } from 'node:http';
import { sameSecret } from '@carillon/auth';
import type { Jobs } from '@carillon/jobs';
import { Problem } from '@carillon/protocol';

/** What calls need that give a worker something to do. */
export interface JobParts {
  /** Undefined where no job queue is configured, so that nothing would be done. */
  jobs: Jobs | undefined;
  /** Who sends it as a bearer token may make webhooks and exports; undefined where nobody may. */
  adminToken: string | undefined;
}

/** The job queue, where there is one; else a problem. */
export function requireJobs({ jobs }: Pick<JobParts, 'jobs'>): Jobs {
  if (jobs !== undefined) return jobs;
  throw new Problem('not_configured', 'This server has no job queue (JOBS_URL), and so no worker.');
}

/** The job queue for a caller with the admin token. Others get a problem: not_configured where there is no queue or no token, else forbidden. */
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
