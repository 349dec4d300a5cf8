import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../eventually.ts';
import type { ConformanceCase } from './case.ts';
import { startScriptedServer } from './scripted-server.ts';
import type { Line, Subject } from './subject.ts';

/** A crowded machine takes its time; a case that is passed takes a second at most. */
const WITHIN_MS = 60_000;

/** What comes too much comes soon after what was to come. */
const SETTLE_MS = 200;

/** Of states that are told in a fault. */
const LAST_STATES = 20;

/** Holds an SDK against a case. Gives what is wrong, nothing where it passes. */
export async function runCase(subject: Subject, script: ConformanceCase): Promise<string[]> {
  const states: string[] = [];
  const lines: Line[] = [];
  let closed = false;
  const server = await startScriptedServer(script, () => lines.length);
  subject.listen((line) => {
    if (line.saw === 'closed') closed = true;
    else if (line.saw === 'state') states.push(String(line.name));
    else lines.push(line);
  });
  try {
    subject.command({ ...script.do, url: server.url });
    const wanted = script.sees.flatMap(runOf);
    const isOver = () => subject.ended !== undefined;
    const all = () =>
      lines.length >= wanted.length &&
      server.asked() >= script.streams.length &&
      isWithin(script.states, states);
    let same = 0;
    // What has come otherwise once does not come right any more.
    const differs = () => {
      while (same < lines.length && textOf(lines[same] ?? {}) === textOf(wanted[same] ?? {})) same++;
      return same < lines.length;
    };
    const ends = () => all() || isOver() || differs();
    await eventually(script.title, ends, WITHIN_MS).catch(() => undefined);
    await sleep(SETTLE_MS);
    const faults = [...server.faults];
    if (server.asked() !== script.streams.length && script.do.do === 'subscribe')
      faults.push(`${server.asked()} streams were asked for instead of ${script.streams.length}`);
    if (!isWithin(script.states, states))
      faults.push(`the states were ${states.length}, at last ${states.slice(-LAST_STATES).join(', ')}`);
    faults.push(...differences(wanted, lines));
    subject.command({ do: 'close' });
    await eventually('the adapter to close', () => closed || isOver(), WITHIN_MS).catch(() =>
      faults.push('the adapter has not closed'),
    );
    if (isOver()) faults.push(`the adapter is not there any more: ${subject.ended}`);
    return faults;
  } finally {
    await server.close();
  }
}

function differences(wanted: readonly Record<string, unknown>[], lines: readonly Line[]): string[] {
  const expected = wanted.map(textOf);
  const seen = lines.map(textOf);
  if (expected.join('\n') === seen.join('\n')) return [];
  const at = expected.findIndex((line, index) => line !== seen[index]);
  const where = at < 0 ? expected.length : at;
  return [`line ${where + 1} of ${seen.length} was ${seen[where]} instead of ${expected[where]}`];
}

/** The order of its fields does not matter. */
function textOf(line: Record<string, unknown>): string {
  return JSON.stringify(Object.entries(line).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `{"saw": "messages", "channel", "from", "to"}` stands for each of those messages. */
function runOf(line: Record<string, unknown>): Record<string, unknown>[] {
  if (line.saw !== 'messages') return [line];
  const { channel, from, to } = line as { channel: string; from: number; to: number };
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const seq = from + index;
    return { saw: 'message', channel, seq, body: `m${seq}` };
  });
}

function isWithin(wanted: readonly string[], found: readonly string[]): boolean {
  let next = 0;
  for (const name of found) if (name === wanted[next]) next++;
  return next === wanted.length;
}
