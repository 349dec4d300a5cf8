import type { CsvDelimiter } from '@carillon/jobs';

/** Spreadsheets begin a formula with these, full-width ones too. */
const FORMULA = '=+\\-@\uff1d\uff0b\uff0d\uff20';
const AT_START = new RegExp(`^(?=[${FORMULA}\\t\\r\\n])`);

/** Where a program that takes another sign for the delimiter begins a cell: quotes within a cell mean nothing to it. */
const WITHIN: Readonly<Record<CsvDelimiter, RegExp>> = {
  ',': new RegExp(`([;\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
  ';': new RegExp(`([,\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
};

/**
 * A text with a single quote wherever a spreadsheet could begin a formula with it: at its beginning, and where one that reads the file by
 * another delimiter would begin a cell or a line. As OWASP says of CSV injection; the command line's is the same (cli/src/csv.ts).
 */
export function guardFormulas(text: string, delimiter: CsvDelimiter): string {
  return text.replace(WITHIN[delimiter], "$1'").replace(AT_START, "'");
}
