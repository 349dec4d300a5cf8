import type { Author } from '@carillon/client';
import type { ComponentChildren } from 'preact';
import { clockTime, fullTime } from '../state/times.ts';
import { Avatar } from './avatar.tsx';
import { PersonName } from './person-name.tsx';

interface BylineProps {
  author: Author;
  at: string;
  /** The first of a group, which shows who speaks and when. */
  leads: boolean;
  children: ComponentChildren;
}

/** A message's author and time, and beside them what was said. */
export function Byline({ author, at, leads, children }: BylineProps) {
  const time = (
    <time dateTime={at} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  );
  return (
    <>
      {leads ? <Avatar author={author} /> : <span class="gutter">{time}</span>}
      <div class="what">
        {leads ? (
          <p class="byline">
            <strong class="author" dir="auto">
              <PersonName person={author} />
            </strong>{' '}
            {time}
          </p>
        ) : (
          <span class="sr-only">
            <PersonName person={author} />:{' '}
          </span>
        )}
        {children}
      </div>
    </>
  );
}
