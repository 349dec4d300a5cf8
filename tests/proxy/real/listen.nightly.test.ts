import { afterAll, beforeAll, expect, it } from 'vitest';
import { lentChromium } from '../../servers/lent.ts';
import { type Standalone, startStandalone } from '../../servers/standalone.ts';
import { post, streamOf } from './behaviour.ts';
import { printedFor } from './page.ts';
import { isInstalled, KINDS, type Kind, type RunningProxy, startPrinted } from './proxies.ts';

/** This ends what hangs: a browser and a restart on a busy machine. */
const PATIENTLY = { timeout: 100_000 };
const WITHIN_MS = 400_000;

/** It answers 503 while Carillon is away, and cannot be told to say anything else. */
const kind = KINDS.Apache as Kind;
const installed = isInstalled('Apache', kind);

let carillon: Standalone;
let proxy: RunningProxy;

beforeAll(async () => {
  if (!installed) return;
  carillon = await startStandalone();
  proxy = await startPrinted(kind, printedFor('Apache'), carillon.port);
});
afterAll(async () => {
  await proxy?.stop();
  await carillon?.stop();
});

it.skipIf(!installed)(
  'an EventSource as the page of documentation has it outlives 503, and goes on where it was',
  async () => {
    const page = await (await lentChromium()).newPage();
    await page.goto(`${proxy.url}/c/listen`);
    const url = streamOf('', 'listen');
    await page.evaluate(
      `(() => { ${printedFor('While Carillon is away').block('js')}
      window.came = []; window.states = [];
      const Plain = EventSource;
      window.EventSource = class extends Plain {
        constructor(url) { super(url); this.addEventListener('error', () => window.states.push(this.readyState)); }
      };
      listen(${JSON.stringify(url)}, ({ data }) => window.came.push(JSON.parse(data).body)); })()`,
    );
    const came = () => page.evaluate('window.came');
    const has = (body: string) => expect.poll(came, PATIENTLY).toContain(body);
    // Live from when it is open, so it is asked until one comes.
    await expect
      .poll(async () => {
        await post(carillon.url, 'listen', 'before');
        return came();
      }, PATIENTLY)
      .toContain('before');

    await carillon.kill();
    // 2 is CLOSED: it would never have come back by itself.
    await expect.poll(() => page.evaluate('window.states'), PATIENTLY).toContain(2);
    await carillon.restart();
    await post(carillon.url, 'listen', 'meanwhile');
    await has('meanwhile');
    await post(carillon.url, 'listen', 'after');
    await has('after');
    await page.close();
  },
  WITHIN_MS,
);
