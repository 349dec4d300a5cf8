import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../servers/free-port.ts';
import { type Standalone, startStandalone } from '../../servers/standalone.ts';
import {
  converse,
  fill,
  heartbeats,
  STREAMS_PER_ADDRESS,
  statusOf,
  streamOf,
  type Through,
  writeAsPage,
} from './behaviour.ts';
import { rowsOf } from './page.ts';
import { PLAIN } from './plain.ts';
import { isInstalled, KINDS, type RunningProxy, startPlain } from './proxies.ts';
import { read } from './reader.ts';

/** The table of docs/proxies.md, by the proxy's name. */
const table = rowsOf('Without these lines');

let carillon: Standalone;
beforeAll(async () => {
  const env = { RATE_LIMIT: 'on', TRUST_PROXY: 'x-forwarded-for', HOST: '127.0.0.1' };
  carillon = await startStandalone({ env: { ...env, STREAMS_PER_ADDRESS: String(STREAMS_PER_ADDRESS) } });
});
afterAll(() => carillon?.stop());

it('the table has each proxy, with its version', () => {
  expect(table.map(([name = '']) => name.replace(/ [\d.]+$/, ''))).toEqual(Object.keys(PLAIN));
});

// One after the other: all callers of some have one address, that of the proxy.
describe.each(Object.entries(KINDS))('a plain %s', (name, kind) => {
  const installed = isInstalled(name, kind);
  const place = Object.keys(KINDS).indexOf(name) + 1;
  const [, events, writes, address, away = ''] = table[place - 1] ?? [];
  let proxy: RunningProxy;
  const through = (part: number): Through => ({
    url: proxy.url,
    carillon: carillon.url,
    channel: `plain-${place}-${part}`,
    from: `127.0.${place}.${part}`,
  });

  beforeAll(async () => {
    if (installed) proxy = await startPlain(kind, PLAIN[name] ?? {}, carillon.port);
  });
  afterAll(() => proxy?.stop());

  it.skipIf(!installed)(`passes events on: ${events}`, async () => {
    const to = through(1);
    // A reader with no proxy between tells that time passes: two heartbeats are an interval at least.
    const witness = await read(streamOf(to.carillon, to.channel));
    const passes = witness.until(() => heartbeats(witness) >= 2).then(() => 'held back');
    const comes = converse(to, 2).then(() => 'at once');
    expect(await Promise.race([comes, passes])).toBe(events);
    // What never came ends with the proxy.
    comes.catch(() => undefined);
    witness.leave();
    await passes.catch(() => undefined);
  });

  it.skipIf(!installed)(`lets a page write: ${writes}`, async () => {
    const [session, message] = await writeAsPage(through(2));
    expect(session === 200 && message === 201 ? 'yes' : String(session)).toBe(writes);
  });

  it.skipIf(!installed || address === '–')(`has a caller come from an address: ${address}`, async () => {
    const caller = through(3);
    const open = await fill(caller);
    expect(await statusOf(caller)).toBe(429);
    const forged = await statusOf(caller, { 'X-Forwarded-For': '203.0.113.9' });
    const other = await statusOf({ ...caller, from: through(4).from });
    expect(forged === 200 ? 'as they choose' : other === 200 ? 'their own' : "the proxy's").toBe(address);
    for (const reader of open) reader.leave();
  });

  it.skipIf(!installed)(`answers for a Carillon that is away: ${away}`, async () => {
    const alone = await startPlain(kind, PLAIN[name] ?? {}, await freePort());
    const reader = await read(streamOf(alone.url, 'away'));
    reader.leave();
    expect(away).toMatch(/^stops: 50/);
    expect(away).toContain(String(reader.status));
    await alone.stop();
  });
});
