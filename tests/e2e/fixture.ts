import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright';
import { afterAll, beforeAll } from 'vitest';
import { lentChromium, lentStandalone } from '../servers/lent.ts';
import type { Standalone } from '../servers/standalone.ts';
import type { StandaloneName } from '../servers/standalones.ts';
import { startTcpProxy, type TcpProxy } from '../servers/tcp-proxy.ts';

/** For a step that a person would call immediate, on a busy machine, milliseconds. */
const STEP_WITHIN_MS = 60_000;
/** A server and a browser, on a busy machine, milliseconds. */
export const START_WITHIN_MS = 300_000;
/** A test of some dozen steps, on a busy machine, milliseconds. */
export const TEST_WITHIN_MS = 300_000;

/** How often and how long is looked for what has to come, for `expect.poll`. */
export const soon = { timeout: STEP_WITHIN_MS, interval: 50 };

/** A person at a browser of their own. */
export interface Person {
  page: Page;
  context: BrowserContext;
  /** What went wrong in the page: uncaught errors, refusals of its Content-Security-Policy. */
  faults: string[];
  /** Cuts the person off: offline, with every connection dead. Only one person may use the proxy then. */
  goOffline(): Promise<void>;
  comeBack(): Promise<void>;
}

export interface EnterOptions extends BrowserContextOptions {
  proxied?: boolean;
  /** By another way than straight to the server's port. */
  port?: number;
  /** What the person's clock says, all the time. */
  now?: Date;
  /** The page's clock goes on by `page.clock` as well as by itself. */
  ownClock?: boolean;
  /** The page lists the channels of this fixture alone: for tests that look at the list, or go through it. */
  ownChannels?: boolean;
  /** False for people who have to sign in before the page is live. */
  live?: boolean;
}

/** A server, and a browser for people to use it with. */
export interface Fixture<Server = Lent> {
  readonly server: Server;
  /** A channel name that no other fixture has: the run's servers are shared. */
  channel(name: string): string;
  /** A word that nobody else writes, for what is searched for. */
  word(word: string): string;
  /** A person, on the page of `path`, who sees that the page is live. */
  enter(path: string, options?: EnterOptions): Promise<Person>;
  /** Posts messages in order, by HTTP. Throws where one is not stored. */
  say(channel: string, bodies: readonly string[]): Promise<void>;
}

type Lent = Awaited<ReturnType<typeof lentStandalone>>;
type Closable<Server> = Fixture<Server> & { close(): Promise<void> };

/** For the suite that calls it: a fixture on one of the run's servers, there before its tests, and closed after them. */
export function useFixture(server: StandaloneName = 'open'): Fixture {
  return opened(async () => fixtureOn(await lentStandalone(server)));
}

/** The same on a server of the suite's own, to be killed; `fill` puts files into its data directory before it starts. */
export function useOwnServerFixture(fill?: (dataDir: string) => Promise<void>): Fixture<Standalone> {
  return opened(async () => {
    // With the database that it brings: few suites have a server of their own.
    const { startStandalone } = await import('../servers/standalone.ts');
    const server = await startStandalone(fill && { fill });
    const fixture = await fixtureOn(server);
    return {
      ...fixture,
      async close() {
        await fixture.close();
        await server.stop();
      },
    };
  });
}

/** The fixture that a hook opens, for tests to use once it is there. */
function opened<Server>(open: () => Promise<Closable<Server>>): Fixture<Server> {
  let fixture: Closable<Server> | undefined;
  beforeAll(async () => {
    fixture = await open();
  }, START_WITHIN_MS);
  afterAll(() => fixture?.close());
  const there = () => {
    if (fixture === undefined) throw new Error('the fixture is there in hooks and tests only');
    return fixture;
  };
  return {
    get server() {
      return there().server;
    },
    channel: (name) => there().channel(name),
    word: (word) => there().word(word),
    enter: (path, options) => there().enter(path, options),
    say: (channel, bodies) => there().say(channel, bodies),
  };
}

async function fixtureOn<Server extends Lent>(server: Server): Promise<Closable<Server>> {
  const browser = await lentChromium();
  const proxy = await startTcpProxy(server.port);
  const own = randomBytes(3).toString('hex');
  return {
    server,
    channel: (name) => `${name}-${own}`,
    word: (word) => `${word}${own}`,
    enter: (path, { proxied = false, port = server.port, ownChannels = false, ...options } = {}) =>
      enter(browser, {
        url: `http://127.0.0.1:${proxied ? proxy.port : port}${path}`,
        ...(proxied && { proxy }),
        ...(ownChannels && { isListed: (channel: string) => channel.endsWith(own) }),
        options,
      }),
    async say(channel, bodies) {
      for (const body of bodies) {
        const url = `${server.url}/v1/channels/${channel}/messages`;
        const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'text/plain' } });
        if (answer.status !== 201) throw new Error(`post: ${answer.status} ${await answer.text()}`);
        await answer.arrayBuffer();
      }
    },
    async close() {
      await browser.close();
      await proxy.close();
    },
  };
}

/** What the server gives at once. */
const MOST_LISTED = 200;

interface Entry {
  url: string;
  proxy?: TcpProxy;
  isListed?: (channel: string) => boolean;
  options: EnterOptions;
}

async function enter(
  browser: Browser,
  { url, proxy, isListed, options: { now, ownClock = false, live = true, ...options } }: Entry,
): Promise<Person> {
  const context = await browser.newContext(options);
  if (isListed !== undefined) await listOnly(context, isListed);
  if (now !== undefined) await context.clock.setFixedTime(now);
  if (ownClock) await context.clock.install();
  context.setDefaultTimeout(STEP_WITHIN_MS);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (entry) => {
    if (entry.text().includes('Content Security Policy')) faults.push(entry.text());
  });
  await page.goto(url);
  if (live) await isLive(page);
  return {
    page,
    context,
    faults,
    // Offline alone does not cut a stream that is open.
    async goOffline() {
      proxy?.refuse(true);
      await context.setOffline(true);
      proxy?.cutAll();
    },
    async comeBack() {
      proxy?.refuse(false);
      await context.setOffline(false);
    },
  };
}

/** Takes all other channels out of the list that the server gives, with which it could be full. */
function listOnly(context: BrowserContext, isListed: (channel: string) => boolean): Promise<unknown> {
  return context.route('**/v1/channels?*', async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.set('limit', String(MOST_LISTED));
    const response = await route.fetch({ url: url.href });
    const list = (await response.json()) as { channels: { channel: string }[] };
    const channels = list.channels.filter(({ channel }) => isListed(channel));
    await route.fulfill({ response, json: { ...list, channels } });
  });
}

/** Waits until the page says that it is live. */
export async function isLive(page: Page): Promise<void> {
  await page.getByRole('status').getByText('Live', { exact: true }).waitFor({ timeout: STEP_WITHIN_MS });
}

/** Writes a message and sends it with Enter. */
export async function write(page: Page, body: string): Promise<void> {
  const field = page.getByRole('textbox', { name: /^Message #/ });
  await field.fill(body);
  await field.press('Enter');
}

/** The texts of the messages on the page, top to bottom; with those that are being sent, or only those that are stored. */
export function texts(page: Page, which: 'all' | 'stored' = 'all'): Promise<string[]> {
  return page.locator(which === 'all' ? '.said .text' : '.said[data-seq] .text').allTextContents();
}

/**
 * The texts of all stored messages of the channel, oldest first: the page draws what is on screen, so it is scrolled from the
 * newest to the oldest.
 */
export async function allTexts(page: Page): Promise<string[]> {
  const found = new Map<number, string>();
  await page.evaluate(() => document.querySelector('.scroller')?.scrollTo(0, Number.MAX_SAFE_INTEGER));
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    const { rows, atStart } = await page.evaluate(readAndScrollUp);
    for (const [seq, text] of rows) found.set(seq, text);
    if (atStart) return [...found].sort(([a], [b]) => a - b).map(([, text]) => text);
  }
  throw new Error(`the first message was not reached in ${MAX_TURNS} screens`);
}

/** Screens of a long channel, and waits for pages between. */
const MAX_TURNS = 2_000;

/** In the page: what is drawn; then goes up by most of a screen, and waits for what comes in there. */
async function readAndScrollUp(): Promise<{ rows: [number, string][]; atStart: boolean }> {
  const scroller = document.querySelector('.scroller');
  if (scroller === null) throw new Error('no list');
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const rows = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')].map((row): [number, string] => [
    Number(row.dataset.seq),
    row.querySelector('.text')?.textContent ?? '',
  ]);
  const begun = scroller.querySelector('.beginning')?.textContent ?? '';
  const atStart = scroller.scrollTop === 0 && !/^Loading/.test(begun);
  scroller.scrollTop -= scroller.clientHeight * 0.7;
  await frame();
  await frame();
  return { rows, atStart };
}
