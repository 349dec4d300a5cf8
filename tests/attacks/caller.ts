import { type IncomingHttpHeaders, request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Of its JSON. */
  readonly code: string | undefined;
}

/** Longer than any call takes: a stream that was opened ends the test's patience, not the test, ms. */
const ANSWER_WITHIN_MS = 15_000;

interface Asked {
  method: string;
  path: string;
  headers?: Record<string, string> | undefined;
  body?: string | undefined;
}

/** A call to a server on this machine, its path and headers sent as they are. */
export function call(port: number, { method, path, headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: { ...length, ...headers },
    };
    const sent = request({ ...options, timeout: ANSWER_WITHIN_MS }, (response) => {
      let text = '';
      const done = () => {
        const { statusCode: status = 0, headers: found } = response;
        const json = /\bjson\b/.test(found['content-type'] ?? '') ? JSON.parse(text) : {};
        resolve({ status, headers: found, text, code: json.code });
        sent.destroy();
      };
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
        // Of a stream its first event.
        if (found(response.headers) && text.includes('\n\n')) done();
      });
      response.on('end', done).on('error', reject);
    });
    const found = (answered: IncomingHttpHeaders) => /event-stream/.test(answered['content-type'] ?? '');
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error(`no answer to ${method} ${path}`)));
    sent.end(body);
  });
}
