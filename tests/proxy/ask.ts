import { type IncomingHttpHeaders, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A request with only the headers that are given, and its answer as it came. */
export async function ask(
  url: string,
  { body, ...options }: RequestOptions & { body?: string } = {},
): Promise<Answer> {
  const response = await open(url, options, body);
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

/** The same, as soon as the headers are there. Destroy it after. */
export function open(url: string, options: RequestOptions = {}, body?: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ...options }, resolve)
      .on('error', reject)
      .end(body);
  });
}
