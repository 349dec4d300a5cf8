import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export const CONNECT = Buffer.from('\x10\x0c\x00\x04MQTT\x04\x02\x00\x00\x00\x00', 'latin1');
export const SUBSCRIBE_TO_ALL = Buffer.from('\x82\x0f\x00\x01\x00\x0acarillon/#\x00', 'latin1');
export const PINGREQ = Buffer.from([0xc0, 0x00]);

export type RawConnection = Socket & { ended: () => boolean };

/** A connection without a client: it sends what it is told and reads only when told to. */
export async function openRaw(port: number, ...packets: Buffer[]): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  let ended = false;
  socket.on('close', () => {
    ended = true;
  });
  await once(socket, 'connect');
  for (const packet of packets) socket.write(packet);
  return Object.assign(socket, { ended: () => ended });
}
