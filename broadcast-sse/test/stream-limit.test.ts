import { randomUUID } from 'node:crypto';
import { openLimits } from '@carillon/limits';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamLimit } from '../src/stream-limit.ts';
import { type Node, serve, until, Wire } from './support/serve.ts';

const PER_ADDRESS = 3;
const PER_PERSON = 2;
/** An address may open five times as many in a minute. */
const OPENS = 15;

/** A trusted proxy, which gives the caller's address in `X-Real-IP`. */
const PROXY = { header: 'x-real-ip', hops: 1 } as const;

let node: Node;
const wires: Wire[] = [];

beforeEach(async () => {
  node = await serve(new StreamLimit(openLimits(`memory:${randomUUID()}`), PER_ADDRESS, PROXY, PER_PERSON));
});

afterEach(async () => {
  for (const { socket } of wires.splice(0)) socket.destroy();
  await node.close();
});

function open(address: string): Wire {
  const wire = new Wire(node.listener.port).get('/c/lobby', `X-Real-IP: ${address}`);
  wires.push(wire);
  return wire;
}

const streams = () => node.broadcast.hub.streams;

describe('an address', () => {
  it('may have this many streams open, and another when one has closed', async () => {
    const held = [open('192.0.2.1'), open('192.0.2.1'), open('192.0.2.1')];
    for (const wire of held) await wire.has('event: open');
    const refused = await open('192.0.2.1').has('rate_limited');
    expect(refused).toMatch(/^HTTP\/1\.1 429 /);
    expect(refused).toMatch(/\r\nretry-after: 10\r\n/i);
    await open('192.0.2.2').has('event: open');
    held[0]?.socket.destroy();
    await until(
      () => streams() === 3,
      () => `3 streams, not ${streams()}`,
    );
    await open('192.0.2.1').has('event: open');
    await open('192.0.2.1').has('HTTP/1.1 429');
  });

  it('of IPv6 is its /64', async () => {
    for (const last of [1, 2, 3]) await open(`2001:db8::${last}`).has('event: open');
    await open('2001:db8::4').has('HTTP/1.1 429');
    await open('2001:db8:0:1::4').has('event: open');
  });

  it('may open this many in a minute, however short they are', async () => {
    for (let opened = 0; opened < OPENS; opened++) {
      const wire = open('192.0.2.9');
      await wire.has('event: open');
      wire.socket.destroy();
      await until(
        () => streams() === 0,
        () => 'no stream',
      );
    }
    expect(await open('192.0.2.9').has('rate_limited')).toMatch(/\r\nretry-after: [1-9][0-9]?\r\n/i);
  });

  it('may not try more often either, and beyond that no ticket is checked', async () => {
    const from = 'X-Real-IP: 192.0.2.10';
    const answers: string[] = [];
    for (let tried = 0; tried <= OPENS; tried++) {
      const wire = new Wire(node.listener.port).get('/c/lobby?ticket=none', from);
      wires.push(wire);
      answers.push(await wire.has(/"code":"(unauthenticated|rate_limited)"/));
    }
    expect(answers.slice(0, OPENS).every((text) => text.includes('unauthenticated'))).toBe(true);
    expect(answers.at(-1)).toContain('rate_limited');
  });

  it('is held to it when its streams come at once', async () => {
    const together = Array.from({ length: 12 }, () => open('192.0.2.30'));
    await until(
      () => together.every(({ text }) => /event: open|rate_limited/.test(text)),
      () => '12 answers',
    );
    expect(together.filter(({ text }) => text.includes('event: open'))).toHaveLength(PER_ADDRESS);
    expect(streams()).toBe(PER_ADDRESS);
  });

  it('is held to it when its streams wait behind other requests of their connections', async () => {
    let answer = () => {};
    const gate = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let asked = 0;
    node.broadcast.app.get('/slow', async (c) => {
      asked += 1;
      await gate;
      return c.text('at last');
    });
    const from = 'X-Real-IP: 192.0.2.40';
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n${from}\r\n\r\n`;
    const together = Array.from({ length: 8 }, () => {
      const wire = new Wire(node.listener.port).send(request('/slow') + request('/c/lobby'));
      wires.push(wire);
      return wire;
    });
    await until(
      () => asked === 8,
      () => `8 requests, not ${asked}`,
    );
    answer();
    for (const wire of together) await wire.has(/event: open|rate_limited/);
    const refused = together.filter(({ text }) => text.includes('rate_limited'));
    expect(refused).toHaveLength(8 - PER_ADDRESS);
    for (const { text } of refused)
      expect(text).toMatch(/at lastHTTP\/1\.1 429 [\s\S]*\r\nretry-after: 10\r\n/i);
    expect(streams()).toBe(PER_ADDRESS);

    together.find(({ text }) => text.includes('event: open'))?.socket.destroy();
    await until(
      () => streams() === PER_ADDRESS - 1,
      () => `one less, not ${streams()}`,
    );
    await open('192.0.2.40').has('event: open');
    await open('192.0.2.40').has('HTTP/1.1 429');
  });

  it('is held to it on the plain path as well', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () =>
        fetch(`http://127.0.0.1:${node.listener.port}/v1/stream?channel=lobby`, {
          headers: { 'X-Real-IP': '192.0.2.20', Accept: 'text/event-stream' },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 429, 429]);
    for (const { body } of answers) await body?.cancel();
  });
});

describe('a person', () => {
  it('may have this many streams open, from any addresses, and another when one has closed', async () => {
    const as = (cookie: string, address: string) => {
      const header = `Cookie: ${cookie.split(';')[0]}`;
      const wire = new Wire(node.listener.port).get('/c/lobby', header, `X-Real-IP: ${address}`);
      wires.push(wire);
      return wire;
    };
    const [ada, bob] = [node.sessions.issueGuest('Ada', false), node.sessions.issueGuest('Bob', false)];
    const held = [as(ada.cookie, '192.0.2.51'), as(ada.cookie, '192.0.2.52')];
    for (const wire of held) await wire.has('event: open');
    await as(ada.cookie, '192.0.2.53').has('HTTP/1.1 429');
    await as(bob.cookie, '192.0.2.53').has('event: open');
    held[0]?.socket.destroy();
    await until(
      () => streams() === 2,
      () => `2 streams, not ${streams()}`,
    );
    await as(ada.cookie, '192.0.2.53').has('event: open');
  });
});
