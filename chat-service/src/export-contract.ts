/** The schemas of exports over HTTP. */
import { csvDelimiter, exportFormat, randomId } from '@carillon/jobs';
import { z } from 'zod';

export const newExport = z
  .strictObject({
    format: exportFormat.default('ndjson'),
    delimiter: csvDelimiter.optional().meta({ description: 'for CSV; by default a comma' }),
    bom: z
      .boolean()
      .optional()
      .meta({ description: 'for CSV: the file begins with U+FEFF, so that Excel reads it as UTF-8' }),
  })
  .refine(
    ({ format, delimiter, bom }) => format === 'csv' || (delimiter === undefined && bom === undefined),
    {
      message: 'delimiter and bom are only for the format csv',
    },
  )
  .meta({ id: 'NewExport', example: { format: 'csv', delimiter: ';', bom: true } });

export const exportParams = z.object({ id: randomId.meta({ example: '4f6d1e0c9b7a4c02b1d35f8e6a907c21' }) });

export const exportAnswer = z
  .object({
    id: z.string(),
    channel: z.string(),
    format: exportFormat,
    delimiter: csvDelimiter.optional().meta({ description: 'as requested; absent once the file is ready' }),
    bom: z.boolean().optional().meta({ description: 'as requested; absent once the file is ready' }),
    state: z.enum(['waiting', 'running', 'done', 'failed']),
    progress: z
      .object({ done: z.int().min(0), total: z.int().min(0) })
      .optional()
      .meta({ description: 'in messages, once a worker has started' }),
    file: z.string().optional().meta({ description: 'path of the file, once it is done' }),
  })
  .meta({ id: 'Export' });
