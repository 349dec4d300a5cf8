import type { Change } from '@carillon/protocol';
import { pinOf } from '../event-row.ts';
import { type ChangeDraft, MAX_PINS_PER_CHANNEL, type Pin, type Refused } from '../history.ts';
import { type ChannelRow, channelOf } from './channels.ts';
import type { Connection } from './connection.ts';
import { keyOf } from './event-key.ts';
import { MESSAGE } from './rows.ts';

/** Pins or unpins a message. `append` adds the event after the channel's head. In the caller's transaction. */
export function pin(
  connection: Connection,
  { id }: ChannelRow,
  { message, author, op }: Extract<ChangeDraft, { type: 'pin' }>,
  append: () => Change,
): Change | Refused {
  const target = keyOf(id, message);
  const pinned = connection.get('select 1 from pins where target = ?', target) !== undefined;
  if ((op === 'add') === pinned) return 'unchanged';
  if (op === 'remove') {
    const done = append();
    connection.run('delete from pins where target = ?', target);
    return done;
  }
  const held = connection.get(
    'select count(*) as n from pins where target >= ? and target < ?',
    keyOf(id, 0),
    keyOf(id + 1, 0),
  );
  if (Number(held?.n) >= MAX_PINS_PER_CHANNEL) return 'full';
  const done = append();
  connection.run(
    'insert into pins values (?, ?, ?, ?, ?)',
    ...[target, done.seq, author.id, author.name, Date.parse(done.createdAt)],
  );
  return done;
}

/** Reads the pinned messages of a channel, the last pinned first. */
export function readPins(connection: Connection, channel: string): Pin[] {
  const row = channelOf(connection, channel);
  if (row === undefined) return [];
  const rows = connection.all(
    `select e.*, p.seq as pin_seq, p.author_id as pin_author_id, p.author_name as pin_author_name, p.created_ms as pin_ms
     from pins p join (select place, ${MESSAGE} from events) e on e.place = p.target
     where p.target >= ? and p.target < ? and e.deleted_ms is null order by p.seq desc limit ?`,
    ...[keyOf(row.id, 0), keyOf(row.id + 1, 0), MAX_PINS_PER_CHANNEL],
  );
  return rows.map((one) => pinOf(channel, one));
}
