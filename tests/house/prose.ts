/** A line that people read, without its markup. */
export interface Line {
  /** In its file, from 1. */
  number: number;
  /** A heading, a table's row and a list's first line begin a block of their own; a blank line ends one. */
  kind: 'prose' | 'row';
  begins: boolean;
  text: string;
}

/**
 * The lines of a document that hold prose. Of Markdown these are all but code, comments and blank lines, where a link counts by its
 * text; of any other file, the comments that begin with `#`.
 */
export function proseOf(file: string, document: string): Line[] {
  return file.endsWith('.md') ? proseOfMarkdown(document) : proseOfComments(document);
}

/** The sentences of such lines, each on one line and without emphasis; a paragraph's go on over its lines. */
export function sentencesOf(lines: readonly Line[]): string[] {
  const blocks: string[] = [];
  let last = 0;
  for (const { number, kind, begins, text } of lines) {
    if (kind === 'row') blocks.push(...text.split('|'));
    else if (begins || number !== last + 1) blocks.push(text);
    else blocks.push(`${blocks.pop()} ${text}`);
    last = number;
  }
  return blocks.flatMap((block) =>
    block
      .replaceAll('*', '')
      .split(/(?<=[.!?:])\s+/)
      .map((sentence) => sentence.trim())
      .filter((sentence) => sentence !== ''),
  );
}

const BEGINS_A_BLOCK = /^\s*(?:#+|[-*]|\d+\.|>) /;

function proseOfMarkdown(document: string): Line[] {
  let code = false;
  return document.split('\n').flatMap((line, index): Line[] => {
    if (/^\s*```/.test(line)) {
      code = !code;
      return [];
    }
    if (code || line.trim() === '' || line.startsWith('<!--')) return [];
    const text = line.replaceAll(/\]\([^)]*\)/g, ']').replaceAll(/<https?:[^>]*>/g, '<>');
    const number = index + 1;
    if (line.startsWith('|')) return [{ number, kind: 'row', begins: true, text }];
    const begins = BEGINS_A_BLOCK.test(line) || line.startsWith('#');
    return [{ number, kind: 'prose', begins, text: begins ? text.replace(BEGINS_A_BLOCK, '') : text }];
  });
}

function proseOfComments(document: string): Line[] {
  return document.split('\n').flatMap((line, index): Line[] => {
    const [, before, text] = /^(|.*?\s)#\s?(.*)$/.exec(line) ?? [];
    if (before === undefined || text === undefined || text === '') return [];
    return [{ number: index + 1, kind: 'prose', begins: before.trim() !== '', text }];
  });
}
