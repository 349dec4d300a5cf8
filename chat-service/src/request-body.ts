import type { IncomingMessage } from 'node:http';
import { MAX_BODY_BYTES, Problem } from '@carillon/protocol';

/** A request body: a JSON value that is not validated yet, or text as it was sent. `empty`: there was no body. */
export type RequestBody =
  | { kind: 'json'; value: unknown }
  | { kind: 'text'; text: string }
  | { kind: 'empty' };

/**
 * Reads a request's body, at most 64 KiB, by its `Content-Type`. With `text`, the types `text/*` and
 * `application/x-www-form-urlencoded`, and no type at all, count as text. Throws a Problem if the body cannot be read (400), is too
 * large (413) or has an unsupported type or encoding (415).
 */
export async function readRequestBody(
  incoming: IncomingMessage,
  { text }: { text: boolean },
): Promise<RequestBody> {
  const kind = bodyKind(incoming.headers['content-type']);
  if (kind === undefined || (kind === 'text' && !text)) {
    const taken = text
      ? 'application/json, text/* and application/x-www-form-urlencoded'
      : 'application/json';
    throw new Problem('unsupported_media_type', `Supported types: ${taken}.`);
  }
  const encoding = incoming.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding !== 'identity')
    throw new Problem(
      'unsupported_media_type',
      'Compressed bodies are not supported: send it without Content-Encoding.',
    );
  const bytes = await readBytes(incoming);
  if (bytes.length === 0) return { kind: 'empty' };
  const decoded = decode(bytes);
  return kind === 'text' ? { kind, text: decoded } : { kind, value: parseJson(decoded) };
}

function bodyKind(contentType: string | undefined): 'json' | 'text' | undefined {
  if (contentType === undefined) return 'text';
  const end = contentType.indexOf(';');
  const type = (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  if (type === 'application/json') return 'json';
  return type.startsWith('text/') || type === 'application/x-www-form-urlencoded' ? 'text' : undefined;
}

/**
 * Reads from Node's request directly, because Hono's readers have no size limit. After a refusal, `@hono/node-server` discards the
 * rest of the body for half a second and then closes the connection.
 */
function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = () =>
      reject(new Problem('body_too_large', `A request is at most ${MAX_BODY_BYTES} bytes.`));
    if (Number(incoming.headers['content-length']) > MAX_BODY_BYTES) {
      refuse();
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) {
        chunks.push(chunk);
        return;
      }
      incoming.off('data', onData);
      refuse();
    };
    incoming.on('data', onData);
    incoming.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    incoming.on('close', () => {
      // 'close' comes after each request: creating an unused error with its stack took a tenth of a post's time.
      if (!incoming.complete) reject(new Problem('bad_request', 'The body ended too early.'));
    });
  });
}

/** Keeps a byte order mark: a text is stored as it was sent. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem('bad_encoding', 'The body has bytes that are not UTF-8.');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('bad_json', 'The body is not JSON. Send a text as text/plain.');
  }
}
