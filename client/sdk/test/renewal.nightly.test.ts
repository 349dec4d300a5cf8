import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { lentStandalone } from '../../../tests/servers/lent.ts';
import { Carillon, type DeniedEvent } from '../src/index.ts';
import { sign } from './sign.ts';

/** A real server on a machine that does other work. */
const SLOW_MS = 240_000;

let server: { url: string };
const open: { close(): void }[] = [];

beforeAll(async () => {
  server = await lentStandalone('guarded');
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

describe('against a real server', { timeout: SLOW_MS }, () => {
  it('a stream outlives its tokens: nothing is lost, nothing comes twice, and it is never down', async () => {
    let issued = 0;
    const reader = new Carillon({
      url: server.url,
      token() {
        issued++;
        return sign('reader', 12);
      },
    });
    const writer = new Carillon({ url: server.url, token: await sign('writer', 600) });
    const got: string[] = [];
    const states: string[] = [];
    const denied: DeniedEvent[] = [];
    open.push(
      reader.subscribe(['renewal'], {
        onMessage: ({ body }) => got.push(body),
        onState: ({ name }) => states.push(name),
        onDenied: (event) => denied.push(event),
      }),
    );
    await eventually('the stream', () => states.includes('live'), SLOW_MS);
    const said: string[] = [];
    while (issued < 3) {
      said.push(`m${said.length}`);
      await writer.post('renewal', said.at(-1) ?? '');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await eventually('all of it', () => got.length >= said.length, SLOW_MS);
    expect(got).toEqual(said);
    expect(denied).toEqual([]);
    expect(states).not.toContain('reconnecting');
  });
});
