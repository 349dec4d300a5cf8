import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface Asked {
  method?: string;
  /** Sent as it is: nothing is normalised on the way, as `fetch` would. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Sent as JSON, in place of `body`. */
  json?: unknown;
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The body as JSON; undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is checked by what it expects
  json: any;
}

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One request over a kept connection, on 127.0.0.1. */
export function request(port: number, asked: Asked): Promise<Answer> {
  const { method = 'GET', path } = asked;
  const body = asked.json === undefined ? asked.body : JSON.stringify(asked.json);
  const headers: Record<string, string> = {
    ...(asked.json !== undefined && { 'Content-Type': 'application/json' }),
    ...(body !== undefined &&
      asked.headers?.['Transfer-Encoding'] === undefined && {
        'Content-Length': String(Buffer.byteLength(body)),
      }),
    ...asked.headers,
  };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const type = response.headers['content-type'] ?? '';
        const json = /\bjson\b/.test(type) && text !== '' ? JSON.parse(text) : undefined;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
