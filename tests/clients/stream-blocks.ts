/** A piece of an answer as it is on the wire: its head, an event with the frames of its chunks, or the last chunk. */
export interface Block {
  bytes: Buffer;
  /** So many bytes hold all of its content; behind them is at most the end of a chunk. */
  contentBytes: number;
  /** What it says where it is a message. */
  message?: { channel: string; seq: number };
  /** The id that is in it. */
  id?: string;
}

const END_OF_HEAD = '\r\n\r\n';
const END_OF_LINE = '\r\n';
const END_OF_EVENT = '\n\n';

/**
 * Divides the bytes of an answer at the ends of its events, whether it is chunked (RFC 9112, 7.1) or not. Every byte comes out again.
 */
export class StreamBlocks {
  #rest = Buffer.alloc(0);
  #part: 'head' | 'plain' | 'size' | 'data' | 'end' = 'head';
  /** How far the rest has been read, and what of it is the content of chunks. */
  #at = 0;
  #content = '';
  #contentEnd = 0;
  #left = 0;

  /** Takes what has come; gives what is whole. */
  feed(bytes: Buffer): Block[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const blocks: Block[] = [];
    for (let more = true; more; ) {
      const isWhole = this.#advance();
      if (isWhole === true) blocks.push(this.#take());
      more = isWhole !== undefined;
    }
    return blocks;
  }

  /** Reads one piece further; gives whether a block ends there, or undefined where the piece is not all there. */
  #advance(): boolean | undefined {
    if (this.#part === 'head') {
      const head = this.#upTo(END_OF_HEAD);
      if (head !== undefined) this.#part = /^transfer-encoding: *chunked/im.test(head) ? 'size' : 'plain';
      return head === undefined ? undefined : true;
    }
    if (this.#part === 'plain') {
      const event = this.#upTo(END_OF_EVENT);
      this.#content = event ?? '';
      this.#contentEnd = this.#at;
      return event === undefined ? undefined : true;
    }
    if (this.#part === 'size') {
      const line = this.#upTo(END_OF_LINE);
      if (line === undefined) return undefined;
      this.#left = Number.parseInt(line, 16);
      this.#part = this.#left === 0 ? 'end' : 'data';
      return false;
    }
    if (this.#part === 'data') {
      if (this.#rest.length - this.#at < this.#left) return undefined;
      this.#content += this.#rest.toString('latin1', this.#at, this.#at + this.#left);
      this.#at += this.#left;
      this.#contentEnd = this.#at;
      this.#part = 'end';
      return false;
    }
    if (this.#upTo(END_OF_LINE) === undefined) return undefined;
    this.#part = 'size';
    return this.#content.endsWith(END_OF_EVENT) || this.#left === 0;
  }

  #upTo(end: string): string | undefined {
    const found = this.#rest.indexOf(end, this.#at);
    if (found < 0) return undefined;
    const text = this.#rest.toString('latin1', this.#at, found + end.length);
    this.#at = found + end.length;
    return text;
  }

  #take(): Block {
    const block = blockOf(this.#rest.subarray(0, this.#at), this.#contentEnd, this.#content);
    this.#rest = this.#rest.subarray(this.#at);
    this.#at = 0;
    this.#content = '';
    this.#contentEnd = 0;
    return block;
  }
}

function blockOf(bytes: Buffer, contentBytes: number, content: string): Block {
  const fields = new Map<string, string>();
  for (const line of content.split('\n')) {
    const [, name, value = ''] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name, value);
  }
  const id = fields.get('id');
  const data = fields.get('data');
  const isMessage = data !== undefined && !fields.has('event');
  return {
    bytes,
    contentBytes,
    ...(id !== undefined && { id }),
    ...(isMessage && { message: JSON.parse(data) as { channel: string; seq: number } }),
  };
}
