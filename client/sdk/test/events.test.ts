import { jsonFrame } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Carillon, type ChannelEvent } from '../src/index.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';
import { until } from './until.ts';

let server: ContractServer;
let carillon: Carillon;
const WITHIN_MS = 20_000;

beforeEach(async () => {
  server = await startContractServer();
  carillon = new Carillon({ url: server.url, backoff: { baseMs: 4, maxMs: 30 } });
});
afterEach(() => server.close());

const text = (event: ChannelEvent) => ('type' in event ? event.type : event.body);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a loop over a channel', () => {
  it('gets messages and changes in order, and lets the stream go at its end', async () => {
    const lobby = carillon.channel('lobby');
    const saying = until(() => server.streams.size === 1, WITHIN_MS).then(async () => {
      await lobby.post('one');
      server.change('lobby', { type: 'edit', target: 1, body: 'uno' });
      await lobby.reply(1, 'two');
    });
    const got: string[] = [];
    for await (const event of lobby) {
      got.push(text(event));
      if (got.length === 3) break;
    }
    await saying;
    expect(got).toEqual(['one', 'edit', 'two']);
    await until(() => server.streams.size === 0, WITHIN_MS);
  });

  it('starts where it is asked to, over several channels too', async () => {
    for (const body of ['a', 'b', 'c']) server.say('lobby', body);
    server.say('team', 't');
    const got: string[] = [];
    for await (const event of carillon.events(['lobby', 'team'], { since: '-2' })) {
      got.push(text(event));
      if (got.length === 3) break;
    }
    expect(got.sort()).toEqual(['b', 'c', 't']);
  });

  it('that is to keep nothing waiting keeps one event, and goes on', async () => {
    for (const body of ['a', 'b', 'c']) server.say('lobby', body);
    const got: string[] = [];
    for await (const event of carillon.channel('lobby').events({ since: 'earliest', buffer: 0 })) {
      got.push(text(event));
      if (got.length === 3) break;
    }
    expect(got).toEqual(['a', 'b', 'c']);
  });

  it('that is slow holds the stream back, keeps little waiting, and loses nothing', async () => {
    const many = 2_000;
    for (let n = 1; n <= many; n++) server.say('lobby', `m${n}`);
    const got: string[] = [];
    for await (const event of carillon.channel('lobby').events({ since: 'earliest', buffer: 50 })) {
      got.push(text(event));
      if (got.length === many) break;
      // While you are busy there comes a moment without a stream, and so without anything that could pile up.
      if (got.length % 100 === 0) await until(() => server.streams.size === 0, WITHIN_MS);
    }
    expect(got).toEqual(Array.from({ length: many }, (_, index) => `m${index + 1}`));
    expect(server.requests.filter((line) => line.includes('stream')).length).toBeGreaterThan(5);
  });

  it('goes on over cuts', async () => {
    const got: string[] = [];
    for (let n = 1; n <= 5; n++) server.say('lobby', `m${n}`);
    for await (const event of carillon.channel('lobby').events({ since: 'earliest' })) {
      got.push(text(event));
      if (got.length % 5 === 0 && got.length < 20) {
        server.cut();
        for (let n = 1; n <= 5; n++) server.say('lobby', `m${got.length + n}`);
      }
      if (got.length === 20) break;
    }
    expect(got).toEqual(Array.from({ length: 20 }, (_, index) => `m${index + 1}`));
  });

  it('is told of a loss', async () => {
    const events = carillon.channel('lobby').events();
    const first = events.next();
    await until(() => server.streams.size === 1, WITHIN_MS);
    const reset = { channel: 'lobby', reason: 'expired', from: 9, head: 12, history: '/' };
    server.write(jsonFrame({ event: 'reset' }, reset));
    expect(await first).toEqual({ done: false, value: { type: 'reset', ...reset } });
    await events.return?.();
  });

  it('throws where the stream is denied, after what came before', async () => {
    server.say('lobby', 'one');
    const got: string[] = [];
    const loop = (async () => {
      for await (const event of carillon.channel('lobby').events({ since: 'earliest' }))
        got.push(text(event));
    })();
    await until(() => got.length === 1, WITHIN_MS);
    server.write(jsonFrame({ event: 'denied' }, { reason: 'banned', detail: 'for an hour' }));
    await expect(loop).rejects.toMatchObject({ code: 'banned', message: 'for an hour' });
  });

  it('ends with the reason of a signal, before it began and while it waits', async () => {
    const stop = new AbortController();
    const loop = (signal: AbortSignal) => carillon.channel('lobby').events({ signal }).next();
    const waiting = loop(stop.signal);
    await until(() => server.streams.size === 1, WITHIN_MS);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(loop(stop.signal)).rejects.toThrow('enough');
    await until(() => server.streams.size === 0, WITHIN_MS);
  });

  it('ends for all who wait when it is returned from, and opens nothing without being read', async () => {
    const events = carillon.channel('lobby').events();
    const waiting = [events.next(), events.next()];
    await until(() => server.streams.size === 1, WITHIN_MS);
    await events.return?.();
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ value: undefined, done: true }));
    expect(await events.next()).toEqual({ value: undefined, done: true });
    carillon.channel('lobby').events();
    await sleep(50);
    expect(server.requests).toHaveLength(1);
  });
});
