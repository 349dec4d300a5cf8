import type { SearchHit } from '@carillon/client';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Chat } from '../chat.ts';
import { errorText } from '../error-text.ts';
import { pathOf } from '../route.ts';
import { counted, number } from '../state/numbers.ts';
import { dateAndTime } from '../state/times.ts';
import { CheckBox } from './form-fields.tsx';
import { Highlighted } from './highlighted.tsx';
import { IconButton } from './icon-button.tsx';
import { CloseIcon } from './icons.tsx';
import { showDialog } from './overlay.tsx';
import { PersonName } from './person-name.tsx';

/** What was found for a text. */
interface Found {
  q: string;
  hits: readonly SearchHit[];
  next: string | undefined;
}

/** Lets a person look for messages in all channels, or in the one they are in. */
export function showSearch(chat: Chat): void {
  showDialog('Search', (close) => <Search chat={chat} close={close} />, 'box search');
}

function Search({ chat, close }: { chat: Chat; close: () => void }) {
  const location = chat.location.get();
  const channel = 'conversation' in location ? location.conversation.channel : undefined;
  const [typed, setTyped] = useState('');
  const [here, setHere] = useState(false);
  const [found, setFound] = useState<Found>();
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const asked = useRef<AbortController>(undefined);
  const id = useId();
  useEffect(() => field.current?.focus(), []);
  useEffect(() => () => asked.current?.abort(), []);

  const search = async (more?: Found) => {
    const q = more?.q ?? typed.trim();
    if (q === '') return;
    asked.current?.abort();
    const asking = new AbortController();
    asked.current = asking;
    setBusy(true);
    setFault(undefined);
    try {
      const { results, next } = await chat.carillon.search(q, {
        channels: here && channel !== undefined ? [channel] : [],
        ...(more?.next === undefined ? {} : { cursor: more.next }),
        signal: asking.signal,
      });
      setFound({ q, hits: [...(more?.hits ?? []), ...results], next: next ?? undefined });
    } catch (error) {
      if (!asking.signal.aborted) setFault(`${errorText(error)}.`);
    }
    if (!asking.signal.aborted) setBusy(false);
  };
  return (
    <>
      <form
        class="search-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void search();
        }}
      >
        <label class="sr-only" for={id}>
          Search messages
        </label>
        <input
          id={id}
          ref={field}
          type="search"
          value={typed}
          placeholder="Search messages"
          autocomplete="off"
          enterkeyhint="search"
          onInput={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => {
            // The browser would empty the field first.
            if (event.key !== 'Escape' || event.isComposing) return;
            event.preventDefault();
            close();
          }}
        />
        <button type="submit" class="strong">
          Search
        </button>
        <IconButton name="Close" onClick={close}>
          <CloseIcon />
        </IconButton>
        {channel !== undefined && (
          <CheckBox checked={here} onCheck={setHere}>
            Only in #{channel}
          </CheckBox>
        )}
      </form>
      <p class={fault === undefined ? 'soft' : 'fault'} role="status">
        {fault ?? (busy ? 'Searching…' : found && resultsInWords(found))}
      </p>
      {found && found.hits.length > 0 && (
        <ol class="results" aria-label="Messages found">
          {found.hits.map((hit) => (
            <li key={`${hit.channel} ${hit.seq}`}>
              <Hit
                hit={hit}
                onGo={() => {
                  close();
                  chat.go(hit.channel, hit.seq);
                }}
              />
            </li>
          ))}
        </ol>
      )}
      {found?.next !== undefined && (
        <button type="button" class="quiet more" aria-disabled={busy} onClick={() => void search(found)}>
          More results
        </button>
      )}
    </>
  );
}

function Hit({ hit, onGo }: { hit: SearchHit; onGo: () => void }) {
  const { channel, seq, author, createdAt, excerpt } = hit;
  return (
    <a
      href={`${pathOf(channel)}/${seq}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        onGo();
      }}
    >
      <span class="soft">
        #{channel} ·{' '}
        <strong dir="auto">
          <PersonName person={author} />
        </strong>{' '}
        · <time dateTime={createdAt}>{dateAndTime(createdAt)}</time>
      </span>
      <Highlighted pieces={excerpt} />
    </a>
  );
}

function resultsInWords({ hits, next, q }: Found): string {
  if (hits.length === 0) return `No messages found for “${q}”.`;
  return next === undefined
    ? `${counted(hits.length, 'message')} found.`
    : `The first ${number(hits.length)} messages found.`;
}
