/**
 * kafkajs 2.2.4 keeps what a connection had buffered of an answer when it is cut, and reads the next connection's bytes
 * behind it: a wrong answer, a wait for bytes that never come, or a RangeError out of the socket's listener, which
 * ends the process. So each connection begins empty, with the old socket gone, and bytes that make no sense end it.
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

/** An answer begins with its length, in so many bytes (Kafka protocol guide, "Common Request and Response Structure"). */
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
