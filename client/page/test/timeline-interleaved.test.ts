import type { LogEvent } from '@carillon/client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { advance, type TimelineAction } from '../src/state/advance.ts';
import type { PageCursor } from '../src/state/paging.ts';
import { emptyTimeline, hasOlder, isDetached, type Pending, quoteOf } from '../src/state/timeline.ts';
import { echo } from './messages.ts';
import { type Deed, ME, PEOPLE, serverLog } from './server-log.ts';
import { receive, seenOf, seqs } from './timeline-actions.ts';

describe('any interleaving', () => {
  const deed: fc.Arbitrary<Deed> = fc.record({
    kind: fc.constantFrom<Deed['kind']>(
      'message',
      'message',
      'message',
      'edit',
      'edit',
      'delete',
      'reaction',
      'reaction',
      'reaction',
      'channel',
    ),
    who: fc.nat(2),
    target: fc.nat(60),
    emoji: fc.nat(1),
  });
  const happening = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ what: fc.constant('commit' as const), count: fc.integer({ min: 1, max: 8 }) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({ what: fc.constant('stream' as const), count: fc.integer({ min: 1, max: 6 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ what: fc.constant('again' as const), count: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('ask' as const),
        place: fc.constantFrom(
          'newest' as const,
          'older' as const,
          'older' as const,
          'newer' as const,
          'around' as const,
        ),
        limit: fc.integer({ min: 1, max: 9 }),
        around: fc.nat(60),
      }),
    },
    { weight: 4, arbitrary: fc.record({ what: fc.constant('page' as const), index: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('quote' as const), target: fc.nat(60) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('answer' as const), index: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('try' as const), index: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('refuse' as const), target: fc.nat(60) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        what: fc.constant('look' as const),
        following: fc.boolean(),
        visible: fc.boolean(),
      }),
    },
  );

  it('of pages, stream events, answers and what is tried here ends with each message once, in order, as the server has it', () => {
    fc.assert(
      fc.property(
        fc.array(deed, { minLength: 5, maxLength: 60 }),
        fc.nat(30),
        fc.array(happening, { maxLength: 70 }),
        (deeds, begin, happenings) => {
          const { events, at } = serverLog(deeds);
          const full = events.length;
          const from = Math.min(begin, full);
          let committed = from;
          let streamed = from;
          let timeline = emptyTimeline(undefined, ME);
          const flying: (() => TimelineAction)[] = [];
          const asked: number[] = [];
          const own = events.filter((event) => event.author.id === ME);
          for (const event of own)
            if (!('type' in event) && event.seq > from)
              timeline = advance(timeline, { type: 'sent', echo: echo(event.key ?? '') });
          const apply = (action: TimelineAction) => {
            timeline = advance(timeline, action);
            const held = seqs(timeline);
            expect(held).toEqual([...new Set(held)].sort((a, b) => a - b));
            const keys = new Set(timeline.messages.map(({ key }) => key));
            for (const { key } of timeline.echoes) expect(keys.has(key)).toBe(false);
            // What the window says that it covers, it holds, as it was at `position` or is at the page's head.
            const { position = 0 } = timeline;
            const known = at(Math.max(position, committed)).filter(
              ({ seq }) => seq >= timeline.from && seq <= timeline.to,
            );
            if (timeline.opened)
              expect(held.filter((seq) => seq <= timeline.to)).toEqual(known.map(({ seq }) => seq));
          };
          const ask = (place: PageCursor, limit: number) => {
            const head = committed;
            const all = at(head);
            const messages =
              place === 'newest'
                ? all.slice(-limit)
                : 'before' in place
                  ? all.filter(({ seq }) => seq < place.before).slice(-limit)
                  : all
                      .filter(({ seq }) => seq >= ('after' in place ? place.after + 1 : place.from))
                      .slice(0, limit);
            flying.push(() => ({ type: 'paged', at: place, limit, messages, head, earliest: 1 }));
          };
          const stream = (count: number) => {
            const until = Math.min(committed, streamed + count);
            apply(receive(...events.slice(streamed, until)));
            streamed = until;
          };
          for (const happens of happenings) {
            if (happens.what === 'commit') committed = Math.min(full, committed + happens.count);
            else if (happens.what === 'stream') stream(happens.count);
            else if (happens.what === 'again')
              apply(receive(...events.slice(Math.max(from, streamed - happens.count), streamed)));
            else if (happens.what === 'ask') {
              if (happens.place === 'newest') ask('newest', happens.limit);
              else if (happens.place === 'around') ask({ from: 1 + (happens.around % full) }, happens.limit);
              else if (happens.place === 'older') ask({ before: timeline.from }, happens.limit);
              else ask({ after: timeline.to }, happens.limit);
            } else if (happens.what === 'page') {
              const [answer] = flying.splice(happens.index % Math.max(1, flying.length), 1);
              if (answer) apply(answer());
            } else if (happens.what === 'quote') {
              const found = at(committed)[happens.target % Math.max(1, at(committed).length)];
              if (found === undefined || !timeline.opened) continue;
              asked.push(found.seq);
              flying.push(() => ({ type: 'quoted', seq: found.seq, message: found }));
            } else if (happens.what === 'answer') {
              const event = own[happens.index % Math.max(1, own.length)];
              if (event && !('type' in event) && event.seq <= committed && event.seq > from)
                apply({ type: 'answered', message: event });
            } else if (happens.what === 'try') {
              const event = own[happens.index % Math.max(1, own.length)];
              const pending = event && pendingOf(event);
              // As people do: one at a time, before it is in the log, and the server answers with its seq.
              if (pending === undefined || event === undefined || event.seq <= committed) continue;
              if (timeline.pending.some(({ id }) => id === pending.id)) continue;
              apply({ type: 'tried', pending });
              flying.push(() => ({
                type: 'done',
                id: pending.id,
                seq: pending.kind === 'edit' ? event.seq : undefined,
              }));
            } else if (happens.what === 'refuse') {
              const pending: Pending = {
                id: `no ${happens.target}`,
                kind: 'edit',
                body: 'no',
                target: happens.target,
                author: PEOPLE[0] as never,
                at: '',
              };
              apply({ type: 'tried', pending });
              apply({ type: 'undone', id: pending.id });
            } else apply({ type: 'looked', following: happens.following, visible: happens.visible });
          }
          committed = full;
          for (const answer of flying.splice(0)) apply(answer());
          stream(full);
          if (!timeline.opened) ask('newest', 5);
          for (const answer of flying.splice(0)) apply(answer());
          for (let turn = 0; isDetached(timeline) && turn < full; turn++) {
            ask({ after: timeline.to }, 3);
            for (const answer of flying.splice(0)) apply(answer());
          }
          for (let turn = 0; hasOlder(timeline) && turn < full; turn++) {
            ask({ before: timeline.from }, 3);
            for (const answer of flying.splice(0)) apply(answer());
          }
          expect([isDetached(timeline), hasOlder(timeline), timeline.to]).toEqual([false, false, full]);
          expect(timeline.messages.map(seenOf)).toEqual(at(full).map(seenOf));
          expect(timeline.echoes).toEqual([]);
          expect(timeline.pending).toEqual([]);
          for (const seq of asked)
            expect(quoteOf(timeline, seq)).toMatchObject({
              body: at(full).find((each) => each.seq === seq)?.body,
            });
          // The cache too, which the window hides.
          for (const [seq, quote] of timeline.quotes)
            expect(quote).toMatchObject({ body: at(full).find((each) => each.seq === seq)?.body });
        },
      ),
      { numRuns: propertyRuns(60, 500) },
    );
  });
});

function pendingOf(event: LogEvent): Pending | undefined {
  if (!('type' in event) || !('target' in event)) return undefined;
  const { target, author, createdAt } = event;
  const common = { id: `p${event.seq}`, target, author, at: createdAt };
  if (event.type === 'edit') return { ...common, kind: 'edit', body: event.body };
  if (event.type === 'delete') return { ...common, kind: 'delete' };
  return { ...common, kind: 'reaction', emoji: event.emoji, op: event.op };
}
