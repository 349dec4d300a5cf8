import type { Browser } from 'playwright';
import type { Reader, Told } from './reader.ts';

/** How often a page is asked what it was given, ms; the page notes itself when that was. */
const COLLECT_EVERY_MS = 200;

/**
 * Follows channels with the browser's own EventSource, one each, in the chat's page, which shows another: as the
 * contract of such a stream says, each message is dispatched once. It has cookies of its own.
 */
export async function followInBrowser(
  browser: Browser,
  origin: string,
  reader: string,
  channels: readonly string[],
): Promise<Reader> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}/c/quiet`);
  await page.evaluate(followInPage, channels);
  const found: Omit<Reader, 'close' | 'cuts'> & { cuts: number } = {
    reader,
    channels,
    streams: channels.length,
    arrivals: [],
    complaints: [],
    cuts: 0,
  };
  let collecting: Promise<void> | undefined;
  const timer = setInterval(() => {
    collecting ??= collect().finally(() => {
      collecting = undefined;
    });
  }, COLLECT_EVERY_MS);

  async function collect(): Promise<void> {
    for (const told of await page.evaluate(takeFromPage)) {
      if (told.what === 'message') found.arrivals.push({ ...told.message, at: told.at });
      else if (told.what === 'cut') found.cuts += 1;
      else found.complaints.push(told.text);
    }
  }

  return Object.assign(found, {
    async close() {
      clearInterval(timer);
      await collecting;
      await context.close();
    },
  });
}

type PageGlobal = typeof globalThis & { told: Told[] };

/** In the page. */
function followInPage(channels: readonly string[]): void {
  const told: Told[] = [];
  (globalThis as PageGlobal).told = told;
  for (const channel of channels) {
    const source = new EventSource(`/v1/channels/${channel}/stream?since=earliest`);
    source.onmessage = ({ data }) =>
      told.push({ what: 'message', message: JSON.parse(data), at: Date.now() });
    source.addEventListener('reset', ({ data }) => told.push({ what: 'complaint', text: data }));
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) told.push({ what: 'cut' });
      else told.push({ what: 'complaint', text: `EventSource gave up on ${channel}` });
    };
  }
}

/** In the page. */
function takeFromPage(): Told[] {
  return (globalThis as PageGlobal).told.splice(0);
}
