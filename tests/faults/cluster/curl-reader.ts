import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import { EventStreamParser } from '../event-stream.ts';
import type { FreezableReader } from './reader.ts';

/** Where the stream has not said when to come back, ms. */
const RETURN_MS = 1_000;

/** Without a byte for this long, two heartbeats and some, curl gives the connection up, s. */
const SILENCE_S = 40;

const CONNECT_WITHIN_S = 5;

/** Follows a channel as a script does: `curl -N`, and after each end again with the last id that it saw. */
export function followWithCurl(origin: string, reader: string, channel: string): FreezableReader {
  const arrivals: FreezableReader['arrivals'] = [];
  const complaints: string[] = [];
  const url = `${origin}/v1/channels/${channel}/stream?since=earliest`;
  const args = ['-sNf', '--connect-timeout', String(CONNECT_WITHIN_S)];
  args.push('--speed-limit', '1', '--speed-time', String(SILENCE_S));
  const closing = new AbortController();
  let curl: ChildProcess | undefined;
  let cuts = 0;

  async function follow(): Promise<void> {
    let id = '';
    for (let returnMs = RETURN_MS; !closing.signal.aborted; cuts++) {
      const parser = new EventStreamParser(({ name, data }) => {
        const at = Date.now();
        if (name === 'message') arrivals.push({ ...(JSON.parse(data) as Message), at });
        else if (name === 'reset') complaints.push(data);
      });
      const from = id === '' ? [] : ['-H', `Last-Event-ID: ${id}`];
      const child = spawn('curl', [...args, ...from, url], { stdio: ['ignore', 'pipe', 'inherit'] });
      curl = child;
      child.stdout.on('data', (bytes: Buffer) => parser.feed(bytes));
      await once(child, 'close');
      if (parser.lastEventId !== '') id = parser.lastEventId;
      returnMs = parser.retryMs ?? returnMs;
      await sleep(returnMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  const following = follow();
  return {
    reader,
    channels: [channel],
    streams: 1,
    arrivals,
    complaints,
    get cuts() {
      return cuts;
    },
    freeze: () => void curl?.kill('SIGSTOP'),
    thaw: () => void curl?.kill('SIGCONT'),
    async close() {
      closing.abort();
      curl?.kill('SIGKILL');
      await following;
    },
  };
}
