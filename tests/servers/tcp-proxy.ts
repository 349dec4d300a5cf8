import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 between a client and a server, to do to their connections what networks do. */
export interface TcpProxy {
  readonly port: number;
  /** Connections cut because one of their directions had passed its {@link Fate}. */
  readonly cuts: number;
  /** Cuts every connection, on both sides, in the middle of whatever passes. */
  cutAll(): void;
  /** The connections that stand now carry nothing more and are not closed, as where the server lost its power. */
  silence(): void;
  /** While true, each new connection is cut at once. */
  refuse(refuses: boolean): void;
  /** Leads each new connection to another port, as an address does after a failover; those that stand go on. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/** What happens to one connection: after so many bytes to the client, or to the server, it is cut. */
export interface Fate {
  toClient?: number;
  toServer?: number;
  /** What is on its way is lost and both ends see a reset; otherwise they get the last byte, and then an end. */
  abrupt?: boolean;
}

/**
 * @param target the port on 127.0.0.1 that is proxied at first.
 * @param fate asked for each new connection; one of `{}` lives on.
 */
export async function startTcpProxy(target: number, fate: () => Fate = () => ({})): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let refuses = false;
  let leads = target;
  let cuts = 0;
  const server = createServer((client) => {
    if (refuses) return void client.destroy();
    const upstream = connect(leads, '127.0.0.1');
    const { toClient, toServer, abrupt = false } = fate();
    const cut = () => {
      cuts += 1;
      for (const socket of [client, upstream]) {
        if (abrupt) socket.resetAndDestroy();
        else socket.destroySoon();
      }
    };
    for (const [socket, other, bytes] of [
      [client, upstream, toServer],
      [upstream, client, toClient],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroySoon();
      });
      if (bytes === undefined) socket.pipe(other);
      else passUpTo(bytes, socket, other, cut);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cutAll = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get cuts() {
      return cuts;
    },
    cutAll,
    silence() {
      for (const socket of sockets) socket.unpipe().pause();
    },
    refuse(now) {
      refuses = now;
    },
    leadTo(port) {
      leads = port;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      cutAll();
      await closed;
    },
  };
}

/** Without backpressure: only for connections that soon end. */
function passUpTo(bytes: number, from: Socket, to: Socket, cut: () => void): void {
  let left = bytes;
  from.on('end', () => to.end());
  from.on('data', (chunk: Buffer) => {
    if (left === 0) return;
    const part = chunk.subarray(0, left);
    left -= part.length;
    to.write(part);
    if (left === 0) cut();
  });
}
