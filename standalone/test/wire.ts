import { connect, type Socket } from 'node:net';
import { expect } from 'vitest';

const soon = { timeout: 30_000, interval: 10 };

/** A connection on which every byte is the test's own. */
export interface Wire {
  readonly socket: Socket;
  readonly text: string;
  readonly isClosed: boolean;
  send(text: string): Wire;
  /** Waits until that has come. */
  has(expected: string): Promise<void>;
  /** All that came: the answer, and whatever the server said after it until it closed the connection. */
  end(): Promise<string>;
}

export function openWire(port: number): Wire {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  socket.setEncoding('latin1').on('data', (more: string) => {
    text += more;
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
      await expect.poll(() => socket.closed || isWhole(text), soon).toBe(true);
      // A server that is told that no more will be asked closes the connection behind all that it has to say.
      socket.end();
      await expect.poll(() => socket.closed, soon).toBe(true);
      return text;
    },
  };
  return wire;
}

/** Whether an answer has come to its end. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, end + 2))?.[1];
  return end >= 0 && length !== undefined && text.length >= end + 4 + Number(length);
}
