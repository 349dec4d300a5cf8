import type { Author, Message } from '@carillon/client';

/** A message on its way to the server. */
export interface OutgoingMessage {
  channel: string;
  /** Its `Idempotency-Key`: however often it is posted, it is stored once. */
  key: string;
  body: string;
  author: Author;
  /** ISO 8601, by this machine's clock. */
  sentAt: string;
  replyTo?: number;
  /** Why the server does not take it; it is sent again when a person says so. */
  failure?: string;
}

/** What became of an outgoing message. */
export type SendResult =
  | { key: string; message: Message }
  | { key: string; failure: string }
  /** The server cannot be reached, or can again. */
  | { key: string; waiting: boolean }
  /** Its author is not the person who is here now; it waits for them. */
  | { key: string; left: true };

let latest = 0;

/** Now, and later than any moment before it: messages are sent in the order of their moments. ISO 8601. */
export function momentOfSending(): string {
  latest = Math.max(Date.now(), latest + 1);
  return new Date(latest).toISOString();
}
