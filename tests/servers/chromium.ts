import { existsSync, readFileSync } from 'node:fs';
import { type Browser, type BrowserServer, chromium } from 'playwright';

/** The shell is Chromium without windows: a person at a page costs a third of the time there. */
const BINARY = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));

/** Whether a browser can be started here. Where not, says once how to get one; with `CI=true` that is an error. */
export const chromiumInstalled: boolean = findChromium();

/** A real browser, without a window. */
export interface Chromium {
  readonly browser: Browser;
  /** SIGSTOP to all its processes: what waits for it waits until {@link thaw}. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** A browser that several processes connect to, at `endpoint`. */
export async function startChromiumServer(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const server = await launch();
  return { endpoint: server.wsEndpoint(), stop: () => server.close() };
}

/** Starts a browser of the suite's own, for suites that freeze it. */
export async function startChromium(): Promise<Chromium> {
  const server = await launch();
  const browser = await chromium.connect(server.wsEndpoint());
  const signal = (name: NodeJS.Signals) => {
    for (const pid of withDescendants(server.process().pid)) process.kill(pid, name);
  };
  return {
    browser,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

function launch(): Promise<BrowserServer> {
  return chromium.launchServer({
    ...(BINARY !== undefined && { executablePath: BINARY }),
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update'],
  });
}

function withDescendants(pid: number | undefined): number[] {
  if (pid === undefined || !existsSync(`/proc/${pid}`)) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean);
  return [pid, ...children.flatMap((child) => withDescendants(Number(child)))];
}

function findChromium(): boolean {
  if (BINARY !== undefined) return true;
  const remedy = 'chromium is not installed: apt-get install chromium-headless-shell';
  if (process.env.CI === 'true') throw new Error(remedy);
  console.log(`skipped: ${remedy}`);
  return false;
}
