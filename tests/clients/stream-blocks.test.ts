import { expect, it } from 'vitest';
import { StreamBlocks } from './stream-blocks.ts';

const OPEN = 'event: open\nretry: 900\ndata: {"channels":{}}\nid: e.0\n\n';
const ONE = 'data: {"channel":"lobby","seq":1,"body":"é\\n"}\n\n';
const TWO = ['data: {"channel":"lobby","seq":2}\n', 'id: e.2\n\n'];

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const ANSWERS = {
  'in chunks': [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    chunk(OPEN),
    chunk(ONE.slice(0, -1)) + chunk('\n'),
    TWO.map(chunk).join(''),
    '0\r\n\r\n',
  ],
  'without chunks': ['HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n', OPEN, ONE, TWO.join('')],
};

it.each(Object.entries(ANSWERS))(
  'an answer %s is divided at the ends of its events, however its bytes come',
  (_, pieces) => {
    const bytes = Buffer.from(pieces.join(''));
    for (let size = 1; size <= bytes.length; size++) {
      const whole = new StreamBlocks();
      const blocks = [];
      for (let at = 0; at < bytes.length; at += size)
        blocks.push(...whole.feed(bytes.subarray(at, at + size)));
      expect(blocks.map((block) => block.bytes.toString())).toEqual(pieces);
      const [, open, one, two] = blocks;
      expect(open).toMatchObject({ id: 'e.0' });
      expect(one?.message).toMatchObject({ channel: 'lobby', seq: 1 });
      expect(two).toMatchObject({ id: 'e.2', message: { seq: 2 } });
      for (const block of [open, one, two])
        expect(block?.bytes.subarray(0, block.contentBytes).toString()).toMatch(/\n$/);
    }
  },
);
