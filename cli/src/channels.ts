import { parseArgs } from 'node:util';
import type { ChannelListing } from '@carillon/client';
import { EXIT } from './exit.ts';
import { connect, SERVER_HELP, SERVER_OPTIONS } from './server.ts';
import { coloured, jsonLine, print, printableLine } from './terminal.ts';

const HELP = `carillon channels [options]

Lists the channels that you may read, by name: the number of events, the time of the last event, the number of unread
messages if you are signed in, and the topic.

  --json              print each channel as one line of JSON, as the API returns it
${SERVER_HELP}`;

/** The largest page that the server returns. */
const PAGE = 200;

/** `carillon channels`. Resolves to the exit code. */
export async function channels(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { ...SERVER_OPTIONS, json: { type: 'boolean' } } });
  if (values.help) {
    await print(HELP);
    return EXIT.ok;
  }
  const carillon = connect(values);
  let after: string | undefined;
  do {
    const page = await carillon.channels({ limit: PAGE, ...(after === undefined ? {} : { after }) });
    for (const each of page.channels) await print(values.json ? jsonLine(each) : inWords(each));
    after = page.next;
  } while (after !== undefined);
  return EXIT.ok;
}

const NAME_WIDTH = 24;
const COUNT_WIDTH = 8;

function inWords({ channel, head, lastAt, unread, topic, archived, visibility }: ChannelListing): string {
  const notes = [
    unread ? coloured('bold', `${unread} unread`) : '',
    visibility === 'private' ? 'private' : '',
    archived ? 'archived' : '',
    topic ? printableLine(topic) : '',
  ];
  const facts = `${String(head).padStart(COUNT_WIDTH)}  ${printableLine(lastAt ?? '').padEnd(24)}`;
  return `${`${coloured('cyan', printableLine(channel).padEnd(NAME_WIDTH))}${facts}  ${notes.filter(Boolean).join('  ')}`.trimEnd()}\n`;
}
