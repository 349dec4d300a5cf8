import { inlineOf } from './inline.ts';
import type { Block, ListItem } from './tokens.ts';

/** Nesting limit of quotes and lists; deeper markup stays text. People in a chat do not nest further. */
const MAX_DEPTH = 4;

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]{0,20})[ \t]*$/;
const QUOTED = /^ {0,3}> ?/;
const ITEM = /^( {0,3}(?:[-*+]|(\d{1,9})[.)])[ \t]+)(?=\S)/;

/**
 * Parses a text as Markdown: a subset of CommonMark for chat. Code blocks, quotes, lists, and paragraphs, which keep
 * their line breaks. Never throws; linear in the text's length.
 */
export function blocksOf(text: string): Block[] {
  return parse(text.replace(/\r\n?/g, '\n').split('\n'), 0);
}

function parse(lines: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', content: inlineOf(paragraph.join('\n')) });
    paragraph = [];
  };
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const found = blockAt(lines, at, depth, paragraph.length > 0);
    if (found !== undefined || line.trim() === '') endParagraph();
    else paragraph.push(line);
    if (found !== undefined) blocks.push(found.block);
    at = found?.next ?? at + 1;
  }
  endParagraph();
  return blocks;
}

/** The block that starts at a line, unless it is a paragraph, and the line after it. */
function blockAt(lines: readonly string[], at: number, depth: number, inParagraph: boolean) {
  const line = lines[at] ?? '';
  const fence = FENCE.exec(line);
  if (fence) return codeAt(lines, at, fence[1] ?? '', fence[2] || undefined);
  if (depth >= MAX_DEPTH) return undefined;
  if (QUOTED.test(line)) return quoteAt(lines, at, depth);
  const item = ITEM.exec(line);
  // A line of prose that starts with a number is rarely a list item; a list starts with 1, or after a blank line.
  if (item && !(inParagraph && item[2] !== undefined && item[2] !== '1')) return listAt(lines, at, depth);
  return undefined;
}

function codeAt(lines: readonly string[], at: number, fence: string, language: string | undefined) {
  const isEnd = (line: string) => {
    const rest = line.trim();
    return rest.length >= fence.length && rest === fence.charAt(0).repeat(rest.length);
  };
  let end = at + 1;
  while (end < lines.length && !isEnd(lines[end] ?? '')) end++;
  const block: Block = { type: 'code', text: lines.slice(at + 1, end).join('\n'), language };
  return { block, next: end + 1 };
}

function quoteAt(lines: readonly string[], at: number, depth: number) {
  let end = at;
  while (QUOTED.test(lines[end] ?? '')) end++;
  const quoted = lines.slice(at, end).map((line) => line.replace(QUOTED, ''));
  const block: Block = { type: 'quote', blocks: parse(quoted, depth + 1) };
  return { block, next: end };
}

function listAt(lines: readonly string[], at: number, depth: number) {
  const ordered = ITEM.exec(lines[at] ?? '')?.[2] !== undefined;
  const items: ListItem[] = [];
  let next = at;
  for (;;) {
    const item = ITEM.exec(lines[next] ?? '');
    if (item === null || (item[2] !== undefined) !== ordered) break;
    const offset = item[1]?.length ?? 0;
    const end = endOfItem(lines, next + 1);
    const own = lines
      .slice(next, end)
      .map((line, index) => line.slice(index === 0 ? offset : indent(line, offset)));
    items.push({ number: ordered ? Number(item[2]) : undefined, blocks: parse(own, depth + 1) });
    next = end;
  }
  const block: Block = { type: 'list', ordered, items };
  return { block, next };
}

/** Indented lines belong to the item; so does a blank line if an indented line follows. */
function endOfItem(lines: readonly string[], from: number): number {
  let end = from;
  for (let at = from; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^(?: {2}|\t)\s*\S/.test(line)) end = at + 1;
    else if (line.trim() !== '') break;
  }
  return end;
}

function indent(line: string, most: number): number {
  let count = 0;
  while (count < most && /[ \t]/.test(line.charAt(count))) count++;
  return count;
}
