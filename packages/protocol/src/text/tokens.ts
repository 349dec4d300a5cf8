/** A message's text as the page renders it. Everything else stays text, including HTML. */
export type Block =
  | { type: 'paragraph'; content: readonly Inline[] }
  | { type: 'code'; text: string; language: string | undefined }
  | { type: 'quote'; blocks: readonly Block[] }
  | { type: 'list'; ordered: boolean; items: readonly ListItem[] };

/** `number` as it was written, if the list is ordered. */
export interface ListItem {
  number: number | undefined;
  blocks: readonly Block[];
}

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'em' | 'strong' | 'strike'; content: readonly Inline[] }
  /** `href` is http, https or mailto, and nothing else. */
  | { type: 'link'; href: string; content: readonly Inline[] }
  /** `text` with its `@`. */
  | { type: 'mention'; text: string };
