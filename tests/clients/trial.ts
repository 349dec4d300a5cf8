import { eventually } from '../eventually.ts';
import { Api } from '../faults/api.ts';
import type { ForeignClient } from './clients.ts';
import { type Cut, startCuttingProxy } from './cutting-proxy.ts';
import { commandOf } from './installed.ts';
import { type Line, startProgram, urlOf } from './program.ts';
import { type Repeats, repeatsOf } from './repeats.ts';

/** Posted to each channel while a client is away: it comes back to several at once. */
const POSTED_WHILE_AWAY = 2;
/** Posted to each channel when all cuts are over. */
const POSTED_AT_LAST = 3;
/** Clients wait some seconds before they come back, and a busy machine takes longer. */
const BACK_WITHIN_MS = 120_000;
/** Messages that may be posted before a cut: one comes when three at most have gone through. */
const MAX_POSTS_TO_A_CUT = 1_000;

export interface Trial {
  /** Messages, as `channel seq`, that were posted and that the program never had. */
  lost: string[];
  /** Messages that were cut off behind their id, before the empty line that ends them. */
  cutAtLastByte: string[];
  /** Messages that it had again, each time. */
  twice: string[];
  /** Messages that it had for the first time behind a later one of their channel. */
  late: string[];
  /** Events without data. */
  empty: number;
  /** Messages whose data is not whole. */
  broken: string[];
  /** Losses and refusals that it was told of. */
  told: string[];
  /** What was cut, and what of it had to come again. */
  repeats: Repeats;
}

/** Has a client's program read `channels` of the Carillon at `port` from their first message, while messages are posted and its streams are cut. */
export async function tryClient(
  client: ForeignClient,
  port: number,
  channels: readonly string[],
  cuts: readonly Cut[],
): Promise<Trial> {
  const proxy = await startCuttingProxy(port, cuts);
  const api = new Api(port, channels.length);
  const program = startProgram(commandOf(client), urlOf(client, proxy.port, channels));
  const posted: string[] = [];

  async function post(): Promise<void> {
    for (const channel of channels) {
      const { status, text } = await api.post(channel, bodyOf(posted.length));
      if (status !== 201) throw new Error(text);
      posted.push(`${channel} ${(JSON.parse(text) as { seq: number }).seq}`);
    }
  }

  async function untilItHas(what: string, check: () => boolean): Promise<void> {
    const is = () => {
      if (program.ended !== undefined) throw new Error(`the program ended: ${program.ended}`);
      return check();
    };
    await eventually(what, is, BACK_WITHIN_MS).catch((error: unknown) => {
      const where = `${proxy.cuts} of ${cuts.length} cuts, ${new Set(had(program.lines)).size} of ${posted.length} messages`;
      throw new Error(`${error instanceof Error ? error.message : error}: ${where}. ${program.errors}`);
    });
  }

  const cutAtLastByte = () =>
    proxy.streams.flatMap(({ cutAtLastByte: cut }) => (cut === undefined ? [] : `${cut.channel} ${cut.seq}`));

  try {
    for (let cut = 0; cut < cuts.length; cut++) {
      await untilItHas('it to come back', () => proxy.stands || proxy.cuts > cut);
      for (let posts = 0; proxy.cuts <= cut; posts++) {
        if (posts > MAX_POSTS_TO_A_CUT)
          throw new Error(`cut ${cut} of ${JSON.stringify(cuts[cut])} did not come`);
        await post();
      }
      for (let away = 0; away < POSTED_WHILE_AWAY; away++) await post();
    }
    for (let last = 0; last < POSTED_AT_LAST; last++) await post();
    await untilItHas('all messages', () => {
      const there = new Set(had(program.lines));
      if (client.takesIdEarly) for (const name of cutAtLastByte()) there.add(name);
      return posted.every((name) => there.has(name));
    });
  } finally {
    await program.end();
    api.close();
    await proxy.close();
  }
  const messages = had(program.lines);
  const first = [...new Set(messages)];
  return {
    cutAtLastByte: cutAtLastByte(),
    lost: posted.filter((name) => !first.includes(name)),
    twice: messages.filter((name, index) => messages.indexOf(name) !== index),
    late: channels.flatMap((channel) => lateOf(first.filter((name) => name.startsWith(`${channel} `)))),
    empty: program.lines.filter(({ data }) => data === '').length,
    broken: messagesOf(program.lines).filter((data) => nameOf(data) === undefined),
    told: program.lines
      .filter(({ event }) => event === 'reset' || event === 'denied')
      .map(({ data }) => data),
    repeats: repeatsOf(proxy.streams),
  };
}

/** Characters of each length in UTF-8, all that ends a line somewhere, and another length each time. */
function bodyOf(count: number): string {
  return `${count} aé€𝄞\u0085\u2028\u2029\r\n${'.'.repeat(count % 50)}`;
}

function messagesOf(lines: readonly Line[]): string[] {
  return lines.filter(({ event, data }) => event === 'message' && data !== '').map(({ data }) => data);
}

function had(lines: readonly Line[]): string[] {
  return messagesOf(lines).flatMap((data) => nameOf(data) ?? []);
}

/** `channel seq` of a message; undefined where its data is not whole. */
function nameOf(data: string): string | undefined {
  try {
    const { channel, seq } = JSON.parse(data) as { channel: string; seq: number };
    return `${channel} ${seq}`;
  } catch {
    return undefined;
  }
}

function lateOf(names: readonly string[]): string[] {
  const seqOf = (name = '') => Number(name.split(' ')[1]);
  return names.filter((name, index) => index > 0 && seqOf(name) < seqOf(names[index - 1]));
}
