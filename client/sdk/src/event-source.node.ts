import { EventSource as NodeEventSource } from 'eventsource';
import type { EventSourceConstructor } from './event-source.ts';

/**
 * Node has no EventSource of its own. The package's drops a block of only an `id:`, which moves a browser's last
 * event id and is how a stream of several channels sends its cursor; so such a block is made an event, `cursor`.
 */
export const EventSource: EventSourceConstructor = class extends NodeEventSource {
  constructor(url: string) {
    super(url, {
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        const { body, status, url, redirected, headers } = response;
        return { body: body?.pipeThrough(idBlocksAsEvents()) ?? null, status, url, redirected, headers };
      },
    });
  }
};

/** Line by line, at each of the three line ends; every other byte passes as it is (WHATWG HTML, 9.2.5). */
function idBlocksAsEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  /** A `\n` at the start of the next chunk ends no line of its own. */
  let cutAfterReturn = false;
  let hasId = false;
  let hasData = false;
  return new TransformStream({
    transform(chunk, controller) {
      let text = decoder.decode(chunk, { stream: true });
      if (text === '') return;
      const returned = text.endsWith('\r');
      if (cutAfterReturn && text.startsWith('\n')) text = text.slice(1);
      cutAfterReturn = returned;
      const lines = (rest + text).split(/\r\n|\r|\n/);
      rest = lines.pop() ?? '';
      let out = '';
      for (const line of lines) {
        if (line === '') {
          if (hasId && !hasData) out += 'event: cursor\ndata:\n';
          hasId = false;
          hasData = false;
        } else if (line.startsWith('id:')) hasId = true;
        else if (line === 'data' || line.startsWith('data:')) hasData = true;
        out += `${line}\n`;
      }
      controller.enqueue(encoder.encode(out));
    },
  });
}
