import type { Message } from '@carillon/protocol';
import type { Evidence, Post, Reading } from './evidence.ts';

/** What must not happen, and how often it did. */
export interface Verdict {
  /** Acknowledged, and not in the log, or never with a reader: each reader counts. */
  lost: number;
  /** Seqs that a reader was led past, or that the log leaves out. */
  holes: number;
  /** Came after a later one of its channel; or a writer's next post stands before the one it followed. */
  disordered: number;
  /** Given to an application twice, or stored twice. */
  repeated: number;
  /** Came with other content, or as another message, than was posted. */
  altered: number;
  /** Posts that failed for good. */
  failed: number;
  /** Streams that told of a loss, or gave up. */
  complaints: number;
}

export interface Judgement extends Verdict {
  /** The first of what was found, for people. */
  examples: readonly string[];
}

export const CLEAN: Verdict = {
  lost: 0,
  holes: 0,
  disordered: 0,
  repeated: 0,
  altered: 0,
  failed: 0,
  complaints: 0,
};

const MAX_EXAMPLES = 20;

/** Holds what applications were given, and what is stored, against what writers were promised. */
export function judge({ posts, readings, logs }: Evidence): Judgement {
  const counts = { ...CLEAN };
  const examples: string[] = [];
  const posted = new Map(posts.map((post) => [post.key, post]));
  const found: Found = (fault, what, count = 1) => {
    if (count <= 0) return;
    counts[fault] += count;
    if (examples.length < MAX_EXAMPLES) examples.push(`${fault}: ${what}`);
  };

  judgePosts(posts, found);
  for (const [channel, log] of logs) {
    judgeLog(channel, log, posted, found);
    const stored = new Set(log.map(({ seq }) => seq));
    for (const { channel: where, message, key } of posts) {
      if (where === channel && message !== undefined && !stored.has(message.seq))
        found('lost', `${key} is not in the log of ${channel} as ${message.seq}`);
    }
  }
  for (const reading of readings) {
    for (const complaint of reading.complaints) found('complaints', `${reading.reader}: ${complaint}`);
    for (const { channel, seq } of reading.arrivals) {
      if (!reading.channels.includes(channel))
        found('altered', `${reading.reader} got ${channel} ${seq}, and never asked for ${channel}`);
    }
    for (const channel of reading.channels) judgeReading(reading, channel, posts, posted, found);
  }
  return { ...counts, examples };
}

type Found = (fault: keyof Verdict, what: string, count?: number) => void;

/** A writer sends one after the other, so its acknowledged posts stand in a channel's log in the order of sending. */
function judgePosts(posts: readonly Post[], found: Found): void {
  const last = new Map<string, number>();
  for (const { writer, channel, key, message, failure } of posts) {
    if (failure !== undefined) found('failed', `${key}: ${failure}`);
    if (message === undefined) continue;
    const line = `${writer} in ${channel}`;
    const before = last.get(line) ?? 0;
    if (message.seq <= before)
      found('disordered', `${key} of ${line} has seq ${message.seq} after ${before}`);
    last.set(line, Math.max(before, message.seq));
  }
}

function judgeLog(
  channel: string,
  log: readonly Message[],
  posted: ReadonlyMap<string, Post>,
  found: Found,
): void {
  const keys = new Set<string>();
  let last = 0;
  for (const { seq, key = '', body } of log) {
    found('holes', `the log of ${channel} has ${seq} after ${last}`, seq - last - 1);
    if (keys.has(key)) found('repeated', `the log of ${channel} has ${key} again as ${seq}`);
    if (posted.get(key)?.body !== body) found('altered', `${seq} in the log of ${channel} is not ${key}`);
    keys.add(key);
    last = seq;
  }
}

function judgeReading(
  { reader, arrivals, isLoose = false }: Reading,
  channel: string,
  posts: readonly Post[],
  posted: ReadonlyMap<string, Post>,
  found: Found,
): void {
  const seen = new Set<number>();
  let last = 0;
  for (const { channel: where, seq, key = '', body } of arrivals) {
    if (where !== channel) continue;
    const what = `${reader} got ${channel} ${seq} after ${last}`;
    if (isLoose) seen.add(seq);
    else if (seen.has(seq)) found('repeated', what);
    else if (seq < last) found('disordered', what);
    else found('holes', what, seq - last - 1);
    const post = posted.get(key);
    if (post?.body !== body || post.channel !== channel || (post.message?.seq ?? seq) !== seq)
      found('altered', `${reader} got ${channel} ${seq}, which is not ${key}`);
    seen.add(seq);
    last = Math.max(last, seq);
  }
  for (const { channel: where, message, key } of posts) {
    if (where === channel && message !== undefined && !seen.has(message.seq))
      found('lost', `${reader} never got ${channel} ${message.seq} (${key})`);
  }
}
