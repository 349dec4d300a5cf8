import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import type { Message } from '@carillon/protocol';

const PAGE = 200;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** HTTP calls to one server, over connections of their own; a call that is cut rejects, and nothing is tried again. */
export class Api {
  readonly #port: number;
  readonly #agent: Agent;

  /** @param connections how many at once; with fewer than calls, the others wait. */
  constructor(port: number, connections = Number.POSITIVE_INFINITY) {
    this.#port = port;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  call(
    method: string,
    path: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const to = { host: '127.0.0.1', port: this.#port, agent: this.#agent, method, path };
      const sending = request({ ...to, headers }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      sending.on('error', reject);
      sending.end(body);
    });
  }

  post(channel: string, body: string, key?: string): Promise<Answer> {
    const headers = {
      'Content-Type': 'text/plain',
      'Content-Length': String(Buffer.byteLength(body)),
      ...(key === undefined ? {} : { 'Idempotency-Key': key }),
    };
    return this.call('POST', `/v1/channels/${channel}/messages`, { headers, body });
  }

  /** Everything a channel holds, oldest first, page by page. */
  async log(channel: string): Promise<Message[]> {
    const log: Message[] = [];
    for (;;) {
      const path = `/v1/channels/${channel}/messages?after=${log.at(-1)?.seq ?? 0}&limit=${PAGE}`;
      const { status, text } = await this.call('GET', path);
      if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
      const { messages } = JSON.parse(text) as { messages: Message[] };
      log.push(...messages);
      if (messages.length < PAGE) return log;
    }
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** 1, 2, 3 … `count`: what the seqs of a channel without holes are. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

export const seqs = (messages: readonly Message[]): number[] => messages.map(({ seq }) => seq);
