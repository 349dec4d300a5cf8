/**
 * kafkajs 2.2.4 keeps the buffered part of an answer when a connection is cut, and appends the next connection's bytes
 * to it: the result is a wrong answer, a wait for bytes that never come, or a RangeError from the socket's listener,
 * which ends the process. So each connection starts with an empty buffer, and invalid bytes close it.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Connection {
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  socket?: Socket;
  isConnected(): boolean;
  connect(): Promise<boolean>;
  processData(data: Buffer): void;
}

/**
 * An answer starts with its length, in this many bytes (Kafka protocol guide, "Common Request and Response Structure").
 */
const LENGTH_BYTES = 4;

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  prototype: Connection;
};
const { connect, processData } = prototype;

prototype.connect = function (this: Connection) {
  if (!this.isConnected()) {
    this.socket?.destroy();
    this.chunks = [];
    this.bytesBuffered = 0;
    this.bytesNeeded = LENGTH_BYTES;
  }
  return connect.call(this);
};

prototype.processData = function (this: Connection, data: Buffer) {
  try {
    processData.call(this, data);
  } catch (error) {
    this.socket?.destroy(error instanceof Error ? error : new Error(String(error)));
  }
};
