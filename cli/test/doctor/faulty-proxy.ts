import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createBrotliCompress, createDeflate, createGzip, createZstdCompress } from 'node:zlib';

/** The ways in which {@link startFaultyProxy} can be wrong; none of them where none is given. */
export interface Faults {
  /** Asks for its own idea of a host, as nginx does by default. */
  rewritesHost?: boolean;
  /** What it says the browser came by; undefined: it says nothing. */
  proto?: 'http' | 'https';
  /** Methods that it answers with 405 by itself. */
  forbids?: string;
  /** `never`: its own side stays open for ever. `late`: until it has written to a reader who has gone, and again. */
  leaving?: 'never' | 'late';
  /** Keeps the first bytes of a body until more come, as Varnish does. */
  holdsFirst?: boolean;
  /** Cuts an answer after so many bytes of its body. */
  cutsAfter?: number;
  /** Cuts a stream after this, whatever passes, ms. */
  cutsAfterMs?: number;
  /** Packs streams; `gathers`: and gives nothing out before it has enough. */
  packs?: 'gzip' | 'deflate' | 'br' | 'zstd' | 'unheard-of';
  gathers?: boolean;
  /** What it says of itself. */
  says?: Record<string, string>;
  /** Instead of plain HTTP: PEM files. */
  tls?: { certificate: string; key: string };
}

const PACKERS = {
  gzip: createGzip,
  deflate: createDeflate,
  br: createBrotliCompress,
  zstd: createZstdCompress,
} as const;

/** A small proxy to a port of 127.0.0.1 that is wrong in the ways that are given, and right in all others. */
export async function startFaultyProxy(port: number, faults: Faults = {}) {
  const handle = (asked: IncomingMessage, answer: ServerResponse) => void pass(port, faults, asked, answer);
  const { tls } = faults;
  const server =
    tls === undefined
      ? createServer(handle)
      : createTlsServer({ cert: readFileSync(tls.certificate), key: readFileSync(tls.key) }, handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function pass(port: number, faults: Faults, asked: IncomingMessage, answer: ServerResponse): void {
  const { method = '', url, headers } = asked;
  if (method === faults.forbids) {
    answer.writeHead(405, { 'Content-Type': 'text/html' }).end('<h1>Not allowed</h1>');
    return;
  }
  const forwarded: IncomingHttpHeaders = { ...headers, connection: 'close' };
  if (faults.rewritesHost) forwarded.host = `127.0.0.1:${port}`;
  if (faults.proto !== undefined) forwarded['x-forwarded-proto'] = faults.proto;
  const upstream = request({ port, host: '127.0.0.1', method, path: url, headers: forwarded, agent: false });
  upstream.on('error', () => answer.destroy());
  upstream.on('response', (came) => hand(came, answer, faults));
  let gone = false;
  answer.on('close', () => {
    gone = true;
    if (faults.leaving === undefined) upstream.destroy();
  });
  upstream.on('response', (came) => {
    // What is written into a closed connection fails at the second time: the first brings the answer that it is closed.
    let failed = 0;
    came.on('data', () => {
      if (!gone || faults.leaving !== 'late') return;
      failed += 1;
      if (failed > 1) upstream.destroy();
    });
  });
  asked.pipe(upstream);
}

function hand(came: IncomingMessage, answer: ServerResponse, faults: Faults): void {
  const { connection, 'transfer-encoding': _, ...headers } = came.headers;
  const isStream = headers['content-type']?.startsWith('text/event-stream') ?? false;
  const coding = isStream ? faults.packs : undefined;
  const packed = coding === undefined ? {} : { 'content-encoding': coding };
  answer.writeHead(came.statusCode ?? 502, { ...headers, ...faults.says, ...packed });
  answer.flushHeaders();
  if (isStream && faults.cutsAfterMs !== undefined) {
    setTimeout(() => answer.destroy(), faults.cutsAfterMs).unref();
  }
  let passed = 0;
  let held: Buffer | undefined;
  const write = (piece: Buffer) => {
    const { cutsAfter = Number.POSITIVE_INFINITY } = faults;
    const left = cutsAfter - passed;
    if (left <= 0) return;
    passed += piece.length;
    if (piece.length < left) answer.write(piece);
    else answer.write(piece.subarray(0, left), () => answer.destroy());
  };
  const packer = coding === undefined || coding === 'unheard-of' ? undefined : PACKERS[coding]();
  packer?.on('data', write);
  came.on('data', (piece: Buffer) => {
    if (isStream && faults.holdsFirst && held === undefined) {
      held = piece;
      return;
    }
    const whole = held === undefined || held.length === 0 ? piece : Buffer.concat([held, piece]);
    if (held !== undefined) held = Buffer.alloc(0);
    if (packer === undefined) write(whole);
    else {
      packer.write(whole);
      if (!faults.gathers) packer.flush();
    }
  });
  came.on('end', () => {
    if (packer === undefined) answer.end();
    else packer.on('end', () => answer.end()).end();
  });
  came.on('close', () => {
    if (!came.complete) answer.destroy();
  });
}
