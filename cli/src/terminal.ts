import { once } from 'node:events';
import { styleText } from 'node:util';

type Colour = Parameters<typeof styleText>[0];

/**
 * What others wrote must not move the cursor, set the window's title or run anything: control characters are shown as
 * the pictures of them that Unicode has, those of the second kind (C1) and those that turn the direction of writing as U+FFFD.
 * Line ends and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(DANGEROUS, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x20 ? String.fromCharCode(PICTURES + code) : '\ufffd';
  });
}

const DANGEROUS = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Where Unicode has its pictures of U+0000 and on. */
const PICTURES = 0x2400;

/** As {@link printable}, on one line. */
export function printableLine(text: string): string {
  return printable(text).replace(/[\n\t]+/g, ' ');
}

/** JSON on a line. It escapes what is below U+0020 itself; a terminal takes more than that for a command. */
export function jsonLine(value: unknown): string {
  return `${escaped(JSON.stringify(value))}\n`;
}

/** A text of JSON that says the same and harms no terminal. */
export function escaped(json: string): string {
  return json.replace(
    DANGEROUS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Colours a text where stdout is a terminal, unless `NO_COLOR` is set (no-color.org). */
export function coloured(colour: Colour, text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? styleText(colour, text) : text;
}

/** Writes to stdout, at the pace of who reads it. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Who reads our output may have enough of it, as `head` does: that is no error. */
export function endQuietly(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
