import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { shortest } from '../../tests/shortest.ts';

/** "At once": no buffer between holds an event back until more have come, were it the next heartbeat, of which there is one in 15 s. */
const ARRIVES_WITHIN_MS = 3_000;

const soon = { timeout: 30_000, interval: 10 };

let url: string;
let running: ChildProcess | undefined;
beforeAll(async () => {
  url = (await lentStandalone('open')).url;
});
afterEach(() => void running?.kill());

it.for([
  { as: 'curl -N', options: [] },
  { as: 'curl -N --http1.0', options: ['--http1.0'] },
  { as: 'curl -N --http2', options: ['--http2'] },
  { as: 'curl -N --compressed', options: ['--compressed'] },
])('$as has what is posted at once', async ({ options }) => {
  const channel = `at-once${options.join('').replace('.', '')}`;
  running = spawn('curl', ['-s', '-N', ...options, `${url}/c/${channel}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  running.stdout?.setEncoding('utf8').on('data', (text) => {
    output += text;
  });
  await expect.poll(() => output, soon).toContain('event: open\n');
  let said = 0;
  for (const _ of ['first', 'second']) {
    const took = await shortest(ARRIVES_WITHIN_MS, async () => {
      said += 1;
      await fetch(`${url}/c/${channel}`, { method: 'POST', body: `said ${said}` });
      const answered = performance.now();
      await expect.poll(() => output, soon).toContain(`"body":"said ${said}"`);
      return performance.now() - answered;
    });
    expect(took).toBeLessThan(ARRIVES_WITHIN_MS);
  }
});
