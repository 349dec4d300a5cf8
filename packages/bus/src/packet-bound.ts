import type { Socket } from 'node:net';

export interface ConnectionBounds {
  /** Limit of one packet from the client. May be raised later. */
  packetBytes: number;
  /** Limit of the bytes that wait for the client to read them. */
  unreadBytes: number;
  /** Limit of the writes that wait, about five for a message: each costs memory, however short it is. */
  unreadWrites: number;
}

/**
 * Limits the memory that one connection of an MQTT broker can use in both directions; Aedes itself limits neither.
 * - A packet that announces too many bytes closes the connection when its header is read, not when it is complete.
 * - A client that leaves too much unread is disconnected. Aedes would wait for it to drain, and each waiting packet
 *   holds a slot of the queue that all clients share: so every write is reported as successful.
 *
 * Call it after the broker has taken the socket, because it listens to what the broker reads.
 */
export function boundConnection(socket: Socket, bounds: ConnectionBounds): void {
  const scanner = new PacketScanner();
  socket.on('data', (chunk: Buffer) => {
    if (scanner.longest(chunk) > bounds.packetBytes) socket.destroy();
  });

  const write = socket.write.bind(socket);
  let unreadWrites = 0;
  const onWritten = () => {
    unreadWrites--;
  };
  socket.write = (chunk: string | Uint8Array) => {
    if (socket.writableLength > bounds.unreadBytes || unreadWrites >= bounds.unreadWrites) {
      socket.destroy();
    } else {
      unreadWrites++;
      write(chunk, onWritten);
    }
    return true;
  };
}

/** A remaining length takes up to four bytes, seven bits in each (MQTT 3.1.1, 2.2.3). */
const MAX_LENGTH_BYTES = 4;

/** Follows the packets in a stream of bytes by their headers alone. */
class PacketScanner {
  /** Bytes of the current packet still to come, once its header is read. */
  #remaining = 0;
  /** Bytes read of the header: 0 before it, 1 after its type. */
  #header = 0;
  #length = 0;

  /**
   * Takes the next bytes; returns the largest remaining length that a header in them announces, Infinity for an invalid
   * header.
   */
  longest(chunk: Uint8Array): number {
    let longest = 0;
    for (let at = 0; at < chunk.length; ) {
      if (this.#remaining > 0) {
        const skipped = Math.min(this.#remaining, chunk.length - at);
        this.#remaining -= skipped;
        at += skipped;
        continue;
      }
      const byte = chunk[at++] as number;
      if (this.#header === 0) {
        this.#header = 1;
        this.#length = 0;
        continue;
      }
      this.#length += (byte & 0x7f) * 128 ** (this.#header - 1);
      if (byte < 0x80) {
        this.#remaining = this.#length;
        this.#header = 0;
        longest = Math.max(longest, this.#length);
      } else if (++this.#header > MAX_LENGTH_BYTES) {
        return Number.POSITIVE_INFINITY;
      }
    }
    return longest;
  }
}
