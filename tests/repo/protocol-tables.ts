import { STREAM_EVENTS, type StreamEventName } from '@carillon/protocol';
import { exampleFrame } from '../../chat-service/src/asyncapi/events.ts';
import { fieldsOf } from '../../chat-service/src/asyncapi/fields.ts';

const MARKED = /(<!-- fields -->\n).*?(<!-- end of fields -->)/s;

/** What stands in a stream, by the names of `docs/protocol.md`. */
export const NAMES = Object.keys(STREAM_EVENTS) as StreamEventName[];

/** The document with the fields of every event as the schemas have them, and an example of each as it is on the wire. */
export function withFields(document: string): string {
  return document.replace(
    MARKED,
    (_, begin: string, end: string) => `${begin}${NAMES.map(section).join('\n')}${end}`,
  );
}

function section(name: StreamEventName): string {
  const rows = fieldsOf(name).map(
    ({ path, type, required, description }) =>
      `| \`${path}\` | ${type} | ${required ? 'always' : 'may be absent'} | ${description} |`,
  );
  return [
    `### ${name}`,
    '',
    '| field | type | present | meaning |',
    '|---|---|---|---|',
    ...rows,
    '',
    '```',
    exampleFrame(name).trimEnd(),
    '```',
    '',
  ].join('\n');
}
