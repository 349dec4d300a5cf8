import { EventSource as NodeEventSource } from 'eventsource';
import type { EventSourceConstructor } from './event-source.ts';

/**
 * Node has no EventSource of its own. The package's drops a block of only an `id:`, which moves a browser's last
 * event id and is how a stream of several channels tells its cursor; so such a block is made an event, `cursor`.
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

/** Line by line, as Carillon ends lines with `\n`. Every other byte passes as it is. */
function idBlocksAsEvents(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = '';
  let fieldsOtherThanId = false;
  let id: string | undefined;
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      let out = '';
      for (const line of lines) {
        if (line !== '') {
          if (line.startsWith('id:')) id = line;
          else fieldsOtherThanId = true;
        } else {
          if (id !== undefined && !fieldsOtherThanId) out += 'event: cursor\ndata:\n';
          id = undefined;
          fieldsOtherThanId = false;
        }
        out += `${line}\n`;
      }
      controller.enqueue(encoder.encode(out));
    },
  });
}
