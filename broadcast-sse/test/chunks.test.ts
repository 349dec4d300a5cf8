import { get, type IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { propertyRuns } from '../../tests/property-runs.ts';
import { chunk, openChunks, withoutChunks } from '../src/chunk.ts';
import { type Node, serve, until, Wire } from './support/serve.ts';

let node: Node;

beforeEach(async () => {
  node = await serve();
});

afterEach(() => node.close());

/** An ordinary HTTP client: it takes chunks apart, and knows whether the response was complete. */
class Client {
  text = '';
  chunks: string[] = [];
  /** Whether the last chunk came; undefined while the stream is open. */
  complete: boolean | undefined;

  async open(path: string): Promise<this> {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get({ port: node.listener.port, host: '127.0.0.1', path }, resolve).on('error', reject);
    });
    answer.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
      this.chunks.push(text);
    });
    answer.on('error', () => {});
    answer.on('close', () => {
      this.complete = answer.complete;
    });
    return this;
  }

  async has(text: string): Promise<void> {
    await until(
      () => this.text.includes(text),
      () => `${text} in ${this.text}`,
    );
  }

  async ends(): Promise<boolean> {
    await until(
      () => this.complete !== undefined,
      () => 'the end',
    );
    return this.complete === true;
  }
}

/** Presence comes within a second, among whatever else there is. */
const isNoPresence = (block: string) => !block.startsWith('event: presence\n');

describe('a stream in chunks', () => {
  it('has each event in a chunk of its own, on a stream of one channel', async () => {
    const reader = await new Client().open('/c/lobby');
    await reader.has('event: open');
    await node.post('lobby', 3, 'grüße\u2028');
    await reader.has('id: e1.3');
    const chunks = reader.chunks.filter(isNoPresence);
    expect(chunks.length).toBe(4);
    expect(chunks[3]).toMatch(/^data: {"channel":"lobby","seq":3,.*}\nid: e1\.3\n\n$/);
  });

  it('ends its last event with the cursor of all channels, on a stream of several channels', async () => {
    const reader = await new Client().open('/v1/stream?channel=lobby&channel=office');
    await reader.has('event: open');
    await node.post('office', 2);
    await reader.has('2\n\n');
    const [, ...blocks] = reader.text.split('\n\n').slice(0, -1).filter(isNoPresence);
    expect(blocks).toEqual([
      expect.stringMatching(/^data: {"channel":"office","seq":1,.*}$/),
      expect.stringMatching(/^data: {"channel":"office","seq":2,.*}\nid: .*0,2$/),
    ]);
  });

  it('has its last chunk when it is over for good, and not before', async () => {
    const { identity, cookie } = node.sessions.issueGuest('Ada', false);
    const reader = new Wire(node.listener.port).get('/c/lobby', `Cookie: ${cookie.split(';')[0]}`);
    await reader.has('event: open');
    node.rules.ban(identity.author.id);
    await reader.has(/event: denied\ndata: .*\n\n\r\n0\r\n\r\n$/);
  });

  it('has no last chunk when the node drains: its clients reconnect', async () => {
    const reader = await new Client().open('/c/lobby');
    await reader.has('event: open');
    await node.broadcast.close(0);
    expect(await reader.ends()).toBe(false);
    expect(reader.text).toContain('event: drain');
  });

  it('is the plain events to HTTP/1.0, of one channel and of several', async () => {
    const one = new Wire(node.listener.port).send('GET /c/lobby HTTP/1.0\r\n\r\n');
    const several = new Wire(node.listener.port).send(
      'GET /v1/stream?channel=lobby&channel=office HTTP/1.0\r\n\r\n',
    );
    await Promise.all([one, several].map((reader) => reader.has('event: open')));
    await node.post('lobby', 2);
    await Promise.all([one.has('id: e1.2\n\n'), several.has(/"seq":2,.*\nid: .*2,0\n\n/)]);
    await node.broadcast.close(0);
    for (const { text } of [one, several]) {
      expect(text).not.toContain('Transfer-Encoding');
      const [, events = ''] = text.split('\r\n\r\n');
      expect(events).not.toContain('\r');
      expect(
        events
          .split('\n\n')
          .slice(0, -1)
          .every((block) => /^(event|data|id): /.test(block)),
      ).toBe(true);
    }
  });
});

it('gives back what went into chunks, whatever it is', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1, unit: 'binary' }), { minLength: 1 }), (texts) => {
      const blocks = texts.map((text) => `data: ${text.toWellFormed()}\n\n`);
      expect(withoutChunks(Buffer.from(blocks.map(chunk).join(''))).toString()).toBe(blocks.join(''));
      expect(withoutChunks(Buffer.from(blocks.map(openChunks).join(''))).toString()).toBe(blocks.join(''));
    }),
    { numRuns: propertyRuns(100, 5_000) },
  );
});
