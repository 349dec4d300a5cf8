import type { Connection } from './connection.ts';

/** A channel's row. */
export interface ChannelRow {
  id: number;
  earliest: number;
  head: number;
  headMs: number;
}

/** The row of a channel; undefined if the channel was never posted to nor created. In a transaction. */
export function channelOf(connection: Connection, name: string): ChannelRow | undefined {
  const row = connection.get('select id, earliest, head, head_ms from channels where name = ?', name);
  return (
    row && {
      id: Number(row.id),
      earliest: Number(row.earliest),
      head: Number(row.head),
      headMs: Number(row.head_ms),
    }
  );
}

/** The channel's row, created if missing. In a transaction. */
export function channelMade(connection: Connection, name: string): ChannelRow {
  const known = channelOf(connection, name);
  if (known !== undefined) return known;
  connection.run('insert into channels (name) values (?)', name);
  return channelOf(connection, name) as ChannelRow;
}

/** Stores the new head of a log. In a transaction. */
export function moveHead(connection: Connection, { id, head, headMs }: ChannelRow): void {
  connection.run('update channels set head = ?, head_ms = ? where id = ?', head, headMs, id);
}
