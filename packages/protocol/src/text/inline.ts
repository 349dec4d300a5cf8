import {
  type Atom,
  addressAt,
  angledAt,
  codeIn,
  escapedAt,
  linkAt,
  mailboxAt,
  mentionAt,
  runLength,
} from './atom.ts';
import { AT_SIGNS } from './mention.ts';
import { characterAt, characterBefore, isOfWord } from './scripts.ts';
import type { Inline } from './tokens.ts';

/** Where something other than plain text may begin. */
const SPECIAL = new RegExp(`[\\\\\`*_~[<${AT_SIGNS}]|https?://|mailto:`, 'gi');
const AT = new RegExp(`[${AT_SIGNS}]`);

/** An open emphasis: its opening mark, and the content since. */
interface Frame {
  mark: string;
  content: Inline[];
}

/**
 * Parses the text of a paragraph. Each mark is open at most once, so the nesting depth is limited by the number of
 * marks, and each character is examined a bounded number of times. `inLink`: links cannot be nested.
 */
export function inlineOf(text: string, inLink = false): Inline[] {
  const root: Frame = { mark: '', content: [] };
  const frames: Frame[] = [root];
  const codeAt = codeIn(text);
  let plain = '';
  let at = 0;

  const top = () => frames.at(-1) ?? root;

  function flush(): void {
    if (plain !== '') add(top().content, { type: 'text', text: plain });
    plain = '';
  }

  /** Frames above this one were never closed: their marks are text. */
  function unwind(to: number): void {
    flush();
    while (frames.length > to + 1) {
      const { mark, content } = frames.pop() ?? root;
      for (const token of [{ type: 'text', text: mark } as const, ...content]) add(top().content, token);
    }
  }

  function emphasis(): void {
    const character = text.charAt(at);
    const length = runLength(text, at);
    const mark = character.repeat(length);
    const before = characterBefore(text, at);
    at += length;
    const after = characterAt(text, at) || ' ';
    const known = character === '~' ? length === 2 : length <= 3;
    // Two or three marks inside a word are not there by chance, as one is.
    const apart = (neighbour: string) => (length > 1 && character !== '_') || !isOfWord(neighbour);
    if (known && /\S/.test(before) && apart(after) && end(character, length)) return;
    if (known && /\S/.test(after) && apart(before)) begin(mark);
    else plain += mark;
  }

  function begin(mark: string): void {
    const open = frames.findIndex((frame) => frame.mark === mark);
    if (open > 0) unwind(open - 1);
    flush();
    frames.push({ mark, content: [] });
  }

  /**
   * Closes whatever a run of marks may close, the inner first: `***` closes `*` and then `**`. Returns whether it
   * closed any.
   */
  function end(character: string, length: number): boolean {
    let left = length;
    while (left > 0) {
      const open = frames.findLastIndex(({ mark }) => mark.charAt(0) === character && mark.length <= left);
      if (open < 1) break;
      unwind(open);
      const { mark, content } = frames.pop() ?? root;
      left -= mark.length;
      top().content.push(emphasised(mark, content));
    }
    if (left < length) plain += character.repeat(left);
    return left < length;
  }

  function atomAt(): Atom | undefined {
    const character = text.charAt(at);
    if (character === '\\') return escapedAt(text, at);
    if (character === '`') return codeAt(at) ?? textAt(runLength(text, at));
    if (character === '@') {
      const run = runLength(text, at);
      if (run > 1) return textAt(run - 1);
      const mailbox = mailboxAt(text, at, plain);
      if (mailbox !== undefined) return inLink ? textAt(1) : mailbox;
    }
    if (AT.test(character)) return mentionAt(text, at, openUnderscores());
    if (inLink) return undefined;
    if (character === '[') return linkAt(text, at, (inner) => inlineOf(inner, true));
    return character === '<' ? angledAt(text, at) : addressAt(text, at);
  }

  /** How many underscores close an open emphasis: the smallest number; 0 if none is open. */
  function openUnderscores(): number {
    const lengths = frames.filter(({ mark }) => mark.startsWith('_')).map(({ mark }) => mark.length);
    return lengths.length === 0 ? 0 : Math.min(...lengths);
  }

  function textAt(length: number): Atom {
    return { token: { type: 'text', text: text.slice(at, at + length) }, length };
  }

  function take({ token, length, before = 0 }: Atom): void {
    if (token.type === 'text') plain += token.text;
    else {
      plain = plain.slice(0, plain.length - before);
      flush();
      top().content.push(token);
    }
    at += length;
  }

  while (at < text.length) {
    SPECIAL.lastIndex = at;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    plain += text.slice(at, next);
    at = next;
    if (at === text.length) break;
    if (/[*_~]/.test(text.charAt(at))) emphasis();
    else take(atomAt() ?? textAt(1));
  }
  unwind(0);
  return root.content;
}

function emphasised(mark: string, content: Inline[]): Inline {
  if (mark.startsWith('~')) return { type: 'strike', content };
  if (mark.length === 1) return { type: 'em', content };
  return { type: 'strong', content: mark.length === 2 ? content : [{ type: 'em', content }] };
}

/** Appends a token; adjacent texts are merged. */
function add(content: Inline[], token: Inline): void {
  const last = content.at(-1);
  if (last?.type === 'text' && token.type === 'text') last.text += token.text;
  else content.push(token.type === 'text' ? { ...token } : token);
}
