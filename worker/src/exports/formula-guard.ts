import type { CsvDelimiter } from '@carillon/jobs';

/** Characters that start a formula in spreadsheets, including full-width forms. */
const FORMULA = '=+\\-@\uff1d\uff0b\uff0d\uff20';
const AT_START = new RegExp(`^(?=[${FORMULA}\\t\\r\\n])`);

/** Where a program that expects another delimiter starts a cell: it ignores quotes inside a cell. */
const WITHIN: Readonly<Record<CsvDelimiter, RegExp>> = {
  ',': new RegExp(`([;\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
  ';': new RegExp(`([,\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
};

/**
 * Puts a single quote wherever a spreadsheet could start a formula: at the beginning of the text, and where a program
 * that reads the file with another delimiter would start a cell or a line. See OWASP, "CSV Injection"; the command line
 * does the same (cli/src/csv.ts).
 */
export function guardFormulas(text: string, delimiter: CsvDelimiter): string {
  return text.replace(WITHIN[delimiter], "$1'").replace(AT_START, "'");
}
