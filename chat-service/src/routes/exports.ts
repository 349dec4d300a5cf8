import type { ExportFormat } from '@carillon/jobs';
import { TooManyExports } from '@carillon/jobs';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type JobParts, requireAdmin, requireJobs } from '../admin-only.ts';
import { channelParams } from '../contract.ts';
import { exportAnswer, exportParams, newExport } from '../export-contract.ts';
import { type ExportFile, findExportFile, openExportFile } from '../export-files.ts';
import { header, json, jsonBody } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { ADMIN } from '../openapi/security.ts';
import { readRequestBody } from '../request-body.ts';

export interface ExportRouteParts extends JobParts {
  /** Where the worker writes; undefined where this process does not have it. */
  exportDir: string | undefined;
}

const TYPES: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
};

const NONE = 'There is no such export, or no more: a file is kept for a day.';

/**
 * `POST /v1/channels/{channel}/exports`, and `/v1/exports/{id}` with its file. Starting one needs the admin token, since it is
 * much work. Reading it needs only its id, which cannot be guessed, so you can pass on the link.
 */
export function exportRoutes(api: Api, { exportDir, ...parts }: ExportRouteParts): void {
  const directory = () => {
    if (exportDir !== undefined) return exportDir;
    throw new Problem('not_configured', 'This server has no directory for exports (EXPORT_DIR).');
  };
  const find = async (id: string): Promise<ExportFile | undefined> => {
    requireJobs(parts);
    return findExportFile(directory(), id);
  };

  const order = createRoute({
    method: 'post',
    path: '/v1/channels/{channel}/exports',
    tags: ['exports'],
    security: ADMIN,
    summary: 'Export a channel to a file',
    request: { params: channelParams, body: jsonBody(newExport) },
    responses: {
      202: {
        description: 'Started',
        content: json(exportAnswer),
        headers: { Location: header('path of the export, where you see its progress') },
      },
      ...problems('forbidden', 'limit_reached', 'jobs_away', ...BODY_PROBLEMS, 'not_configured', 'invalid'),
    },
  });
  addRoute(api, order, async (c, route) => {
    const jobs = requireAdmin(parts, c.env.incoming.headers);
    directory();
    const { channel } = route.params(c);
    const body = await readRequestBody(c.env.incoming, { text: false });
    const ordered = route.body(body.kind === 'json' ? body.value : {});
    const id = await jobs.startExport({ channel, ...ordered }).catch((error: unknown) => {
      if (!(error instanceof TooManyExports)) throw error;
      throw new Problem('limit_reached', 'Many exports wait already. Ask again in some minutes.');
    });
    const location = `/v1/exports/${id}`;
    return route.answer(202, { id, channel, ...ordered, state: 'waiting' }, { Location: location });
  });

  const follow = createRoute({
    method: 'get',
    path: '/v1/exports/{id}',
    tags: ['exports'],
    summary: 'The progress of an export',
    request: { params: exportParams },
    responses: {
      200: { description: 'The export', content: json(exportAnswer) },
      ...problems('not_found', 'jobs_away', 'not_configured', 'invalid'),
    },
  });
  addRoute(api, follow, async (c, route) => {
    const { id } = route.params(c);
    // The queue first, so that the file of an export that ends in between is found.
    const [asked] = await Promise.allSettled([requireJobs(parts).findExport(id)]);
    const written = await find(id);
    if (written !== undefined) {
      const { channel, format } = written;
      const total = asked.status === 'fulfilled' ? asked.value?.progress?.total : undefined;
      const progress = total !== undefined && { progress: { done: total, total } };
      return route.answer(200, {
        id,
        channel,
        format,
        state: 'done',
        ...progress,
        file: `/v1/exports/${id}/file`,
      });
    }
    // An export whose file is there is done, also while the queue is away.
    if (asked.status === 'rejected') throw asked.reason;
    const queued = asked.value;
    // Done, and its file is gone: it is over.
    if (queued === undefined || queued.state === 'done') throw new Problem('not_found', NONE);
    return route.answer(200, { id, ...queued });
  });

  const download = createRoute({
    method: 'get',
    path: '/v1/exports/{id}/file',
    tags: ['exports'],
    summary: 'The file of an export, for a day',
    request: { params: exportParams },
    responses: {
      200: {
        description: 'One message in JSON a line, or CSV (RFC 4180) with a header line',
        content: {
          [TYPES.ndjson]: { schema: z.string() },
          [TYPES.csv]: { schema: z.string() },
        },
        headers: { 'Content-Disposition': header('a file name') },
      },
      ...problems('not_found', 'not_configured', 'invalid'),
    },
  });
  addRoute(api, download, async (c, route) => {
    const { id } = route.params(c);
    const written = await find(id);
    if (written === undefined) throw new Problem('not_found', NONE);
    const { bytes, content } = await openExportFile(written.path);
    const headers = {
      'Content-Type': TYPES[written.format],
      'Content-Length': String(bytes),
      'Content-Disposition': `attachment; filename="${written.channel}.${written.format}"`,
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    };
    if (c.req.method !== 'HEAD')
      return new Response(content as ConstructorParameters<typeof Response>[0], { headers });
    await content.cancel();
    return new Response(null, { headers });
  });
}
