import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Block, StreamBlocks } from './stream-blocks.ts';

/** Where a stream is cut. */
export type Cut = {
  /** Both ends see a reset; otherwise an end behind the last byte. */
  abrupt: boolean;
} & (
  | /** After so many bytes of the answer: in its head, or in the greeting. */ { answerBytes: number }
  | /** In the message behind so many whole ones, at this share of its bytes, from 0 to 1. */ {
      messages: number;
      share: number;
    }
  | /** At the end of the last of so many messages. */ { messages: number }
);

/** A stream as it was on the wire. */
export interface Passed {
  /** The cursor that it was asked for with. */
  readonly cursor: string | undefined;
  /** What went through whole, in order. */
  readonly blocks: Block[];
  /** The message whose last byte alone was cut off: the empty line behind its id. */
  cutAtLastByte?: Block['message'];
}

/** A proxy on 127.0.0.1 between a client and a Carillon that cuts streams where it is told. */
export interface CuttingProxy {
  readonly port: number;
  /** In the order in which they were asked for. */
  readonly streams: readonly Passed[];
  /** How many of them were cut. */
  readonly cuts: number;
  /** Whether there is one whose answer has begun. */
  readonly stands: boolean;
  close(): Promise<void>;
}

/**
 * Proxies to `target`, a port on 127.0.0.1. The first stream is cut as the first of `cuts` says, and so on; those behind them live on. It finds
 * events in the answer however that is framed, and passes each on when it is whole.
 */
export async function startCuttingProxy(target: number, cuts: readonly Cut[]): Promise<CuttingProxy> {
  const streams: Passed[] = [];
  const sockets = new Set<Socket>();
  const standing = new Set<Socket>();
  let done = 0;

  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        standing.delete(client);
        other.destroySoon();
      });
    }
    // Some clients connect before they have anything to ask: a stream begins with its request.
    client.once('data', (request: Buffer) => {
      upstream.write(request);
      client.pipe(upstream);
      answer(client, upstream, cursorOf(request.toString('latin1')));
    });
  });

  function answer(client: Socket, upstream: Socket, cursor: string | undefined): void {
    const cut = cuts[streams.length];
    const passed: Passed = { cursor, blocks: [] };
    streams.push(passed);
    const whole = new StreamBlocks();
    let left = cut !== undefined && 'answerBytes' in cut ? cut.answerBytes : Number.POSITIVE_INFINITY;
    let isCut = false;
    upstream.on('data', (bytes: Buffer) => {
      for (const block of whole.feed(bytes)) {
        if (isCut) return;
        const share = cut === undefined ? undefined : shareOf(cut, block, passed);
        const most =
          share === undefined ? block.bytes.length : 1 + Math.floor(share * (block.contentBytes - 1));
        const part = block.bytes.subarray(0, Math.min(most, left));
        left -= part.length;
        client.write(part);
        if (part.length >= block.contentBytes) passed.blocks.push(block);
        else if (part.length === block.contentBytes - 1) passed.cutAtLastByte = block.message;
        isCut = left === 0 || part.length < block.bytes.length || (cut !== undefined && isLast(cut, passed));
        if (!isCut) standing.add(client);
        else cutOff(client, upstream, cut?.abrupt === true);
      }
    });
  }

  function cutOff(client: Socket, upstream: Socket, abrupt: boolean): void {
    done += 1;
    standing.delete(client);
    upstream.destroy();
    if (abrupt) client.resetAndDestroy();
    else client.destroySoon();
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    streams,
    get cuts() {
      return done;
    },
    get stands() {
      return standing.size > 0;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Clients come back with a header, or as event-source-polyfill does. */
function cursorOf(request: string): string | undefined {
  const header = /^last-event-id: *(\S+)\r$/im.exec(request)?.[1];
  const query = /[?&]lastEventId=([^& ]+)/.exec(request)?.[1];
  return header ?? (query === undefined ? undefined : decodeURIComponent(query));
}

/** How much of a block goes through where the cut is inside of it. */
function shareOf(cut: Cut, { message }: Block, passed: Passed): number | undefined {
  return 'share' in cut && message !== undefined && messagesOf(passed).length === cut.messages
    ? cut.share
    : undefined;
}

/** Whether the cut comes where a block has ended. */
function isLast(cut: Cut, passed: Passed): boolean {
  return 'messages' in cut && !('share' in cut) && messagesOf(passed).length >= cut.messages;
}

function messagesOf({ blocks }: Passed): Block[] {
  return blocks.filter(({ message }) => message !== undefined);
}
