import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { Problem } from '@carillon/protocol';

/**
 * A handler for `clientError` of an `http.Server`: answers a request that the parser refused with a problem document
 * (431 for headers over Node's 16 KiB, else 400) and closes the connection. No app sees such a request.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new Problem('headers_too_large', 'All headers together may have at most 16 KiB.')
      : new Problem('bad_request', 'The request is not valid HTTP, or it arrived too slowly.');
  const body = JSON.stringify(problem.document());
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
