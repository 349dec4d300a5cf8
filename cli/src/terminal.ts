import { once } from 'node:events';
import { styleText } from 'node:util';

type Colour = Parameters<typeof styleText>[0];

/**
 * Makes a text safe for a terminal: other people's texts must not move the cursor, set the window's title or run
 * anything. Control characters become Unicode's control pictures, C1 controls and direction controls become U+FFFD.
 * Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(DANGEROUS, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(PICTURES + code) : '\ufffd';
  });
}

const DANGEROUS = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The start of Unicode's control pictures, for U+0000. */
const PICTURES = 0x2400;

/** As {@link printable}, on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]+/g, ' ');
}

/** JSON on one line. JSON escapes characters below U+0020; terminals interpret more than these. */
export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** A JSON text with the same value, but safe for a terminal. */
export function escaped(json: string): string {
  return json.replace(
    DANGEROUS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Colours a text if stdout is a terminal, unless `NO_COLOR` is set (no-color.org). */
export function coloured(colour: Colour, text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text;
}

/** Writes to stdout, and resolves when the reader can take more. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** The reader of our output may stop early, like `head`: that is not an error. */
export function endQuietly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
