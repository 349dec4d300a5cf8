/** A line of a document that people read. */
export interface Line {
  /** Its number in the file, from 1. */
  number: number;
  /** `row` is a row of a table, whose cells are separate texts. */
  kind: 'prose' | 'row';
  /** Whether it starts a new block (a heading, a list item, a row) rather than continue the line before it. */
  begins: boolean;
  /** The line without the targets of its links. */
  text: string;
}

/**
 * The lines of `document` that contain prose. In Markdown these are all lines except code blocks, HTML comments and blank lines; in any
 * other file, the comments that begin with `#`. `file` is its path, which tells the format.
 */
export function proseOf(file: string, document: string): Line[] {
  return file.endsWith('.md') ? proseOfMarkdown(document) : proseOfComments(document);
}

/** The sentences of these lines, in order, each as one string without emphasis. A sentence may span the lines of its block. */
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
