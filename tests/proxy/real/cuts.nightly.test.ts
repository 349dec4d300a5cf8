import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../servers/standalone.ts';
import { heartbeats, isOpen, post, reading, streamOf } from './behaviour.ts';
import { printedFor, rowsOf } from './page.ts';
import { COMPRESSING } from './plain.ts';
import { isInstalled, KINDS, startPlain, startPrinted } from './proxies.ts';
import { bodies, read } from './reader.ts';

/** The table of docs/proxies.md. */
const table = rowsOf('Cuts and compression');

let carillon: Standalone;
beforeAll(async () => {
  carillon = await startStandalone();
});
afterAll(() => carillon?.stop());

it('the table has each proxy, with its version', () => {
  expect(table.map(([name = '']) => name.replace(/ [\d.]+$/, ''))).toEqual(Object.keys(KINDS));
});

// One after the other: Carillon is killed under each.
describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  const installed = isInstalled(name, kind);
  const place = Object.keys(KINDS).indexOf(name) + 1;
  const [, cut = '', compressed = ''] = table[place - 1] ?? [];
  const channel = `cuts-${place}`;

  it.skipIf(!installed)(`has a stream whose server dies: ${cut}`, async () => {
    const proxy = await startPrinted(kind, printedFor(name), carillon.port);
    const reader = await read(streamOf(proxy.url, channel));
    await reader.until(isOpen);
    await carillon.kill();
    await expect.poll(() => reader.ended || reader.whole).toBe(true);
    await proxy.stop();
    await carillon.restart();
    expect(reader.whole ? 'ends as if whole' : 'is cut').toBe(cut);
  });

  it.skipIf(!installed || !(name in COMPRESSING))(
    `may compress, and a stream then is: ${compressed}`,
    async () => {
      const proxy = await startPlain(kind, COMPRESSING[name] ?? {}, carillon.port);
      const to = { url: proxy.url, carillon: carillon.url, channel, from: '127.0.0.1' };
      const witness = await read(streamOf(to.carillon, channel));
      const opened = reading(to, { 'Accept-Encoding': 'gzip' });
      const comes = opened.then(async (reader) => {
        await reader.until(isOpen);
        await post(to.carillon, channel, 'packed');
        await reader.until(() => bodies(reader).includes('packed'));
        reader.leave();
        return 'at once';
      });
      comes.catch(() => undefined);
      const passes = witness.until(() => heartbeats(witness) >= 2).then(() => 'held back');
      const when = await Promise.race([comes, passes]);
      const packed = (await opened).headers['content-encoding'] === 'gzip';
      expect(packed ? `compressed, ${when}` : 'plain').toBe(compressed);
      if (!packed) expect(when).toBe('at once');
      witness.leave();
      await passes.catch(() => undefined);
      (await opened).leave();
      await proxy.stop();
    },
  );
});
