import type { Author } from '@carillon/client';
import { Component, type ComponentChildren } from 'preact';
import type { Chat } from '../chat.ts';
import type { Conversation } from '../conversation.ts';
import type { ChannelChange, Row } from '../state/rows.ts';
import { clockTime, dayName, fullTime } from '../state/times.ts';
import { Avatar } from './avatar.tsx';
import { Markdown } from './markdown.tsx';

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
      return old.message !== row.message || old.leads !== row.leads;
    if (old.kind === 'echo' && row.kind === 'echo') return old.echo !== row.echo || old.leads !== row.leads;
    return true;
  }

  override render({ row, conversation }: RowProps) {
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
            <span>New</span>
          </li>
        );
      case 'change':
        return <li class="line change">{changeInWords(row.change)}</li>;
      case 'gap':
        return <li class="line gap">{gapInWords(row.gap)}</li>;
      case 'message': {
        const { author, createdAt, body } = row.message;
        return <Said author={author} at={createdAt} leads={row.leads} body={body} seq={row.message.seq} />;
      }
      case 'echo': {
        const { author, sentAt, body, failure, key } = row.echo;
        return (
          <Said author={author} at={sentAt} leads={row.leads} body={body} sending={failure === undefined}>
            {failure === undefined ? (
              <p class="fate">Sending…</p>
            ) : (
              <p class="fate failed">
                Not sent. {failure}.
                <button type="button" class="link" onClick={() => conversation.retry(key)}>
                  Retry
                </button>
                <button type="button" class="link" onClick={() => conversation.discard(key)}>
                  Discard
                </button>
              </p>
            )}
          </Said>
        );
      }
    }
  }
}

interface SaidProps {
  author: Author;
  at: string;
  leads: boolean;
  body: string;
  seq?: number;
  sending?: boolean;
  children?: ComponentChildren;
}

function Said({ author, at, leads, body, seq, sending, children }: SaidProps) {
  const time = (
    <time dateTime={at} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  );
  return (
    <li class={`said ${leads ? 'leads' : 'follows'} ${sending ? 'sending' : ''}`} data-seq={seq}>
      {leads ? <Avatar author={author} /> : <span class="gutter">{time}</span>}
      <div class="what">
        {leads ? (
          <p class="byline">
            <strong class="author" dir="auto">
              {author.name}
            </strong>{' '}
            {time}
          </p>
        ) : (
          <span class="sr-only">{author.name}: </span>
        )}
        <Markdown text={body} />
        {children}
      </div>
    </li>
  );
}

function changeInWords({ author, topic, archived, visibility }: ChannelChange): string {
  const said: string[] = [];
  if (topic !== undefined) said.push(topic === '' ? 'removed the topic' : `set the topic: ${topic}`);
  if (archived !== undefined) said.push(archived ? 'archived the channel' : 'opened the channel again');
  if (visibility !== undefined) said.push(`made the channel ${visibility}`);
  return `${author.name} ${said.join(', ')}`;
}

function gapInWords({ after, before }: { after: number; before: number }): string {
  const count = before - after - 1;
  return count === 1
    ? 'A message here is gone: it is no longer kept.'
    : `${count} messages here are gone: they are no longer kept.`;
}
