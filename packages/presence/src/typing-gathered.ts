import { type Author, author, channelName, displayName } from '@carillon/protocol';
import { z } from 'zod';
import { TYPING_GATHER_MS } from './presence.ts';

/** People in one message between nodes: 500 who type at the same moment. More are left out. */
const MAX_GATHERED = 500;

/** Characters of such a message, with the longest names and ids in JSON: a longer message is ignored. */
const MAX_TYPING_LENGTH = 512 * 1024;

/** The message by which a node announces who is typing where. It is read from Redis, so it is validated. */
const typingMessage = z.object({
  node: z.string(),
  typing: z
    .array(z.object({ channel: channelName, person: author.extend({ name: displayName }) }))
    .max(MAX_GATHERED),
});
type TypingMessage = z.infer<typeof typingMessage>;

/** Parses a typing message; undefined if it is not valid. */
export function readTyping(message: string): TypingMessage | undefined {
  if (message.length > MAX_TYPING_LENGTH) return undefined;
  try {
    return typingMessage.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}

/**
 * Collects who is typing for {@link TYPING_GATHER_MS}: each person is published once, however many keystrokes are
 * reported.
 */
export class TypingGathered {
  readonly #publish: (typing: TypingMessage['typing']) => void;
  /** By channel and id. */
  #typing = new Map<string, TypingMessage['typing'][number]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(publish: (typing: TypingMessage['typing']) => void) {
    this.#publish = publish;
  }

  add(channel: string, person: Author): void {
    const key = `${channel} ${person.id}`;
    if (this.#typing.size >= MAX_GATHERED && !this.#typing.has(key)) return;
    this.#typing.set(key, { channel, person });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const typing = [...this.#typing.values()];
      this.#typing = new Map();
      this.#publish(typing);
    }, TYPING_GATHER_MS).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
