import { type Change, isKnownChange, type Message } from '@carillon/client';
import { coloured, printable, printableLine } from './terminal.ts';

/** A message as a line, or several if its text has several. */
export function messageInWords(message: Message, namesChannel: boolean): string {
  const { channel, seq, createdAt, author, body, replyTo, editedAt, deletedAt } = message;
  const name = coloured(
    NAME_COLOURS[hash(author.id) % NAME_COLOURS.length] ?? 'cyan',
    printableLine(author.name),
  );
  const answers = replyTo === undefined ? '' : coloured('dim', ` to ${replyTo}`);
  const text = deletedAt === undefined ? indented(body) : coloured('dim', '(deleted)');
  const edited = editedAt === undefined || deletedAt !== undefined ? '' : coloured('dim', ' (edited)');
  return `${start(createdAt, channel, seq, namesChannel)}${name}${answers}: ${text}${edited}\n`;
}

/** A change as a line. */
export function changeInWords(change: Change, namesChannel: boolean): string {
  const { channel, seq, createdAt, author } = change;
  const what = `* ${printableLine(author.name)} ${acts(change)}`;
  return `${start(createdAt, channel, seq, namesChannel)}${coloured('dim', what)}\n`;
}

function acts(change: Change): string {
  if (!isKnownChange(change))
    return `made a change that this version does not know: ${printableLine((change as Change).type)}`;
  switch (change.type) {
    case 'edit':
      // The text is gone once a later edit or a deletion has replaced it.
      return change.body === ''
        ? `edited ${change.target}`
        : `edited ${change.target}: ${indented(change.body)}`;
    case 'delete':
      return `deleted ${change.target}`;
    case 'reaction':
      return change.op === 'add'
        ? `reacted with ${printableLine(change.emoji)} to ${change.target} (${change.count})`
        : `removed ${printableLine(change.emoji)} from ${change.target} (${change.count})`;
    case 'pin':
      return `${change.op === 'add' ? 'pinned' : 'unpinned'} ${change.message}`;
    case 'channel':
      return settingsInWords(change);
  }
}

function settingsInWords({ topic, archived, visibility }: Extract<Change, { type: 'channel' }>): string {
  const said = [
    topic === undefined ? '' : topic === '' ? 'removed the topic' : `set the topic: ${printableLine(topic)}`,
    archived === undefined ? '' : archived ? 'archived the channel' : 'unarchived the channel',
    visibility === undefined ? '' : `made the channel ${visibility}`,
  ];
  return said.filter(Boolean).join(', ') || 'changed the channel';
}

function start(createdAt: string, channel: string, seq: number, namesChannel: boolean): string {
  const time = new Date(createdAt);
  const clock = Number.isNaN(time.getTime()) ? '--:--:--' : time.toTimeString().slice(0, 8);
  const where = namesChannel ? `#${printableLine(channel)} ` : '';
  return coloured('dim', `${clock} ${where}${seq} `);
}

/** Indents further lines of a text, so that they do not look like another person's message. */
function indented(text: string): string {
  return printable(text).replace(/\n/g, '\n    ');
}

const NAME_COLOURS = ['cyan', 'green', 'yellow', 'magenta', 'blue', 'red'] as const;

/** The same person always has the same colour. */
function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (value * 31 + character.charCodeAt(0)) >>> 0;
  return value;
}
