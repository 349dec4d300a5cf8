/** The schemas of exports over HTTP. */
import { exportFormat, randomId } from '@carillon/jobs';
import { z } from 'zod';

export const newExport = z
  .strictObject({ format: exportFormat.default('ndjson') })
  .meta({ id: 'NewExport', example: { format: 'csv' } });

export const exportParams = z.object({ id: randomId.meta({ example: '4f6d1e0c9b7a4c02b1d35f8e6a907c21' }) });

export const exportAnswer = z
  .object({
    id: z.string(),
    channel: z.string(),
    format: exportFormat,
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    progress: z
      .object({ done: z.int().min(0), total: z.int().min(0) })
      .optional()
      .meta({ description: 'in messages, once a worker has begun' }),
    file: z.string().optional().meta({ description: 'path of the file, once it is done' }),
  })
  .meta({ id: 'Export' });
