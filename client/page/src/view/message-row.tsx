import { Component } from 'preact';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import { number } from '../state/numbers.ts';
import type { ChannelChange, Row } from '../state/rows.ts';
import { dayName } from '../state/times.ts';
import { EchoRow } from './echo-row.tsx';
import { nameInWords } from './person-name.tsx';
import { StoredMessageRow } from './stored-message-row.tsx';

interface RowProps {
  row: Row;
  conversation: Conversation;
  chat: Chat;
}

/** One line of the list. Drawn again only when what it shows is another: there may be a thousand. */
export class MessageRow extends Component<RowProps> {
  override shouldComponentUpdate({ row }: RowProps): boolean {
    const old = this.props.row;
    if (old.kind === 'message' && row.kind === 'message')
      return old.message !== row.message || old.leads !== row.leads || old.parent !== row.parent;
    if (old.kind === 'echo' && row.kind === 'echo')
      return old.echo !== row.echo || old.leads !== row.leads || old.parent !== row.parent;
    return true;
  }

  override render({ row, conversation, chat }: RowProps) {
    switch (row.kind) {
      case 'day':
        return (
          <li class="line day">
            <time dateTime={row.date}>{dayName(row.date)}</time>
          </li>
        );
      case 'new':
        return (
          <li class="line new">
            <span>
              New<span class="sr-only"> messages from here</span>
            </span>
          </li>
        );
      case 'change':
        return <li class="line change">{changeInWords(row.change)}</li>;
      case 'gap':
        return <li class="line gap">{gapInWords(row.gap)}</li>;
      case 'message':
        return <StoredMessageRow row={row} conversation={conversation} chat={chat} />;
      case 'echo':
        return <EchoRow row={row} conversation={conversation} chat={chat} />;
    }
  }
}

function changeInWords({ author, topic, archived, visibility }: ChannelChange): string {
  const said: string[] = [];
  if (topic !== undefined) said.push(topic === '' ? 'removed the topic' : `set the topic: ${topic}`);
  if (archived !== undefined) said.push(archived ? 'archived the channel' : 'unarchived the channel');
  if (visibility !== undefined) said.push(`made the channel ${visibility}`);
  return `${nameInWords(author)} ${said.join(', ')}`;
}

function gapInWords({ after, before }: { after: number; before: number }): string {
  const count = before - after - 1;
  return count === 1
    ? 'A message is missing here: it is no longer kept.'
    : `${number(count)} messages are missing here: they are no longer kept.`;
}
