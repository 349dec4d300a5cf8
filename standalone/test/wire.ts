import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

const soon = { timeout: 30_000, interval: 10 };

/** Nothing more is expected of a connection after this, ms. */
const QUIET_MS = 200;

/** A connection on which every byte is the test's own. */
export interface Wire {
  readonly socket: Socket;
  readonly text: string;
  readonly isClosed: boolean;
  send(text: string): Wire;
  /** Waits until that has come. */
  has(expected: string): Promise<void>;
  /** What came until the server closed it, or said no more. */
  end(): Promise<string>;
}

export function openWire(port: number): Wire {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let cameAt = performance.now();
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
    cameAt = performance.now();
  });
  // It may be refused before it has sent all.
  socket.on('error', () => {});
  const wire: Wire = {
    socket,
    get text() {
      return text;
    },
    get isClosed() {
      return socket.closed;
    },
    send(bytes) {
      socket.write(bytes, 'latin1');
      return wire;
    },
    has: (expected) => expect.poll(() => text, soon).toContain(expected),
    async end() {
      const isOver = () => socket.closed || (text !== '' && performance.now() > cameAt + QUIET_MS);
      await expect.poll(isOver, soon).toBe(true);
      return text;
    },
  };
  return wire;
}
