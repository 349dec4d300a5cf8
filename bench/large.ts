import { mkdirSync } from 'node:fs';
import { openHistory } from '@carillon/history';
import { startStandalone } from '../tests/servers/standalone.ts';
import { onLoadCore, pin, rss } from './fixture.ts';

const MESSAGES = 1_000_000;
const CHANNELS = 50_000;
/** Drafts in one transaction. */
const BATCH = 2_000;
const AUTHOR = { id: 'ada', name: 'Ada' };

interface Filled {
  title: string;
  channel: (n: number) => string;
  count: number;
  /** The channel that is read. */
  read: string;
}

/** Measures a large embedded store: the time to start, to read a page, to stream the whole log to a reader, and to find a word. */
export async function large(): Promise<void> {
  console.log('\nA large embedded store: one channel of 1,000,000 messages, and 50,000 channels of one each');
  const stores: Filled[] = [
    { title: `one channel, ${MESSAGES} messages`, channel: () => 'large', count: MESSAGES, read: 'large' },
    { title: `${CHANNELS} channels`, channel: (n) => `c-${n}`, count: CHANNELS, read: 'c-1' },
  ];
  const rows: Record<string, Record<string, number | string>> = {};
  for (const store of stores) rows[store.title] = await measure(store);
  console.table(rows);
}

async function measure({ channel, count, read }: Filled): Promise<Record<string, number | string>> {
  let filledIn = 0;
  const server = await startStandalone({
    async fill(dataDir) {
      mkdirSync(dataDir, { recursive: true });
      const history = await openHistory(`sqlite:${dataDir}`);
      const began = performance.now();
      for (let first = 1; first <= count; first += BATCH) {
        await history.append(
          Array.from({ length: BATCH }, (_, index) => {
            const n = first + index;
            return {
              channel: channel(n),
              author: AUTHOR,
              body: `message ${n} of many, word${n % 1_000} ${'x'.repeat(60)}`,
            };
          }),
        );
      }
      filledIn = performance.now() - began;
      for (let more = true; more; ) ({ more } = await history.search.index(2_000));
      await history.close();
    },
  });
  await server.stop();
  const began = performance.now();
  await server.restart();
  const start = performance.now() - began;
  pin(server.pid);
  const at = server.url;
  const page = await timed(`${at}/v1/channels/${read}/messages?limit=50`);
  const list = await timed(`${at}/v1/channels?limit=200`);
  const rare = await timed(`${at}/v1/search?q=word7`);
  const common = await timed(`${at}/v1/search?q=message`);
  const replay = replayed(server.port, read);
  const memory = rss([server.pid]);
  await server.stop();
  return {
    'filled, rows/s': Math.round((count * 1_000) / filledIn),
    'start ms': Math.round(start),
    'page ms': page.toFixed(1),
    'list ms': list.toFixed(1),
    'rare word ms': rare.toFixed(1),
    'common word ms': common.toFixed(1),
    'replay MB/s': replay,
    'memory MiB': memory,
  };
}

/** Measures the second run: the first one also compiles the code. */
async function timed(url: string): Promise<number> {
  await (await fetch(url)).arrayBuffer();
  const began = performance.now();
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return performance.now() - began;
}

/** Returns what curl reads of the channel from its beginning within some seconds. */
function replayed(port: number, channel: string): string {
  const url = `http://127.0.0.1:${port}/v1/channels/${channel}/stream?since=earliest`;
  const script = `timeout 5 curl -sN '${url}' | head -c 100000000 | wc -c`;
  const began = performance.now();
  const bytes = Number(onLoadCore('bash', ['-c', script]));
  const seconds = (performance.now() - began) / 1_000;
  return (bytes / seconds / 1e6).toFixed(1);
}
