import { broadcastConfig } from '../../broadcast-sse/src/config.ts';
import { chatConfig } from '../../chat-service/src/config.ts';
import { helloBotConfig } from '../../hello-bot/src/config.ts';
import { isSecret, layersOf, metaOf, type parseConfig, partsOf } from '../../packages/runtime/src/index.ts';
import { standaloneConfig } from '../../standalone/src/config.ts';
import { workerConfig } from '../../worker/src/config.ts';

type Schema = Parameters<typeof parseConfig>[0];
type Field = Schema['shape'][string];

/** What each table of the documentation is made from, by the name in its mark. */
export const TABLES: Readonly<Record<string, Schema>> = {
  'npm start': standaloneConfig,
  'chat-service': chatConfig,
  'broadcast-sse': broadcastConfig,
  worker: workerConfig,
  'hello-bot': helloBotConfig,
  'parts of HISTORY_URL': partsIn(chatConfig, 'HISTORY_URL'),
  'parts of BUS_URL': partsIn(chatConfig, 'BUS_URL'),
  'parts of PRESENCE_URL and JOBS_URL': partsIn(chatConfig, 'PRESENCE_URL'),
};

const MARKED = /(<!-- table: (.*?) -->\n).*?(<!-- end of table -->)/gs;

/** A document with each of its marked tables as the code has it. Throws where a mark names none. */
export function withTables(document: string): string {
  return document.replace(MARKED, (_, begin: string, name: string, end: string) => {
    const schema = TABLES[name];
    if (schema === undefined)
      throw new Error(`there is no table "${name}"; there are: ${Object.keys(TABLES).join(', ')}`);
    return `${begin}${table(schema)}\n${end}`;
  });
}

/** The tables that a document has marks for. */
export function tablesIn(document: string): string[] {
  return [...document.matchAll(MARKED)].map(([, , name]) => name ?? '');
}

/** Variables of a schema that say nothing of what they are. */
export function undescribed(schema: Schema): string[] {
  return Object.entries(schema.shape).flatMap(([name, field]) =>
    described(field) === undefined ? [name] : [],
  );
}

function partsIn(schema: Schema, name: string): Schema {
  const field = schema.shape[name];
  const parts = field && partsOf(field);
  if (parts === undefined) throw new Error(`${name} is made from no parts`);
  return parts;
}

function table(schema: Schema): string {
  const rows = Object.entries(schema.shape).map(([name, field]) => {
    const notes = [described(field) ?? ''];
    const [host] = Object.keys(partsOf(field)?.shape ?? {});
    if (host !== undefined) notes.push(`if unset, built from \`${host}\` and its parts`);
    if (isSecret(field)) notes.push('secret');
    return `| \`${name}\` | ${byDefault(field)} | ${notes.join('; ')} |`;
  });
  return ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

function described(field: Field): string | undefined {
  return metaOf(field).description;
}

function byDefault(field: Field): string {
  const { unset } = metaOf(field);
  if (unset !== undefined) return unset;
  for (const layer of layersOf(field)) {
    const { def } = layer._zod as { def: { defaultValue?: unknown } };
    if (def.defaultValue !== undefined) return `\`${def.defaultValue}\``;
  }
  return field.safeParse(undefined).success ? 'none' : '**required**';
}
