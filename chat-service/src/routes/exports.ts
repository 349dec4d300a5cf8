import type { HttpApp } from '@carillon/http';
import type { ExportFormat } from '@carillon/jobs';
import { TooManyExports } from '@carillon/jobs';
import { Problem } from '@carillon/protocol';
import { type JobParts, requireAdmin, requireJobs } from '../admin-only.ts';
import { channelParams } from '../contract.ts';
import { exportParams, newExport } from '../export-contract.ts';
import { type ExportFile, findExportFile, openExportFile } from '../export-files.ts';
import { jsonResponse } from '../json-response.ts';
import { readRequestBody } from '../request-body.ts';
import { parse } from '../validation.ts';

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
 * `POST /v1/channels/{channel}/exports`, and `/v1/exports/{id}` with its file. To order one takes the admin token, since it is
 * much work; to read it takes its id, which nobody guesses, so that a page or a colleague can be given the link.
 */
export function exportRoutes(app: HttpApp, { exportDir, ...parts }: ExportRouteParts): void {
  const directory = () => {
    if (exportDir !== undefined) return exportDir;
    throw new Problem('not_configured', 'This server has no directory for exports (EXPORT_DIR).');
  };
  const find = async (id: string): Promise<ExportFile | undefined> => {
    requireJobs(parts);
    return findExportFile(directory(), id);
  };

  app.post('/v1/channels/:channel/exports', async (c) => {
    const jobs = requireAdmin(parts, c.env.incoming.headers);
    directory();
    const { channel } = parse(channelParams, c.req.param());
    const body = await readRequestBody(c.env.incoming, { text: false });
    const order = parse(newExport, body.kind === 'json' ? body.value : {});
    const id = await jobs.startExport({ channel, ...order }).catch((error: unknown) => {
      if (!(error instanceof TooManyExports)) throw error;
      throw new Problem('limit_reached', 'Many exports wait already. Ask again in some minutes.');
    });
    const location = `/v1/exports/${id}`;
    return jsonResponse(202, { id, channel, ...order, state: 'waiting' }, { Location: location });
  });

  app.get('/v1/exports/:id', async (c) => {
    const { id } = parse(exportParams, c.req.param());
    // The queue first: the file of an export that ends in between is then found.
    const [asked] = await Promise.allSettled([requireJobs(parts).findExport(id)]);
    const written = await find(id);
    if (written !== undefined) {
      const { channel, format } = written;
      const total = asked.status === 'fulfilled' ? asked.value?.progress?.total : undefined;
      const progress = total !== undefined && { progress: { done: total, total } };
      return jsonResponse(200, {
        id,
        channel,
        format,
        state: 'done',
        ...progress,
        file: `/v1/exports/${id}/file`,
      });
    }
    // Whose file is there is done without the queue.
    if (asked.status === 'rejected') throw asked.reason;
    const queued = asked.value;
    // Done, and its file is gone: it is over.
    if (queued === undefined || queued.state === 'done') throw new Problem('not_found', NONE);
    return jsonResponse(200, { id, ...queued });
  });

  app.get('/v1/exports/:id/file', async (c) => {
    const { id } = parse(exportParams, c.req.param());
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
