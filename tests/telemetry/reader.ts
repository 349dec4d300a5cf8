/** A stream that is read, and all that came by it. */
export interface Reader {
  readonly headers: Headers;
  text(): string;
  /** Resolves when the other side ends it. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Opens a stream and waits for its first event. */
export async function openReader(url: string, headers: Record<string, string> = {}): Promise<Reader> {
  const abort = new AbortController();
  const answer = await fetch(url, { headers, signal: abort.signal });
  const pieces = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!answer.ok || pieces === undefined) throw new Error(`no stream, but ${answer.status}`);
  let text = '';
  const take = async () => {
    const { value = '', done } = await pieces.read();
    text += value;
    return !done;
  };
  while (!text.includes('event: open') && (await take()));
  const ended = (async () => {
    while (await take());
  })().catch(() => {}); // It was closed, here or there.
  return { headers: answer.headers, text: () => text, ended, close: () => abort.abort() };
}
