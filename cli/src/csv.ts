/** The separator of cells. */
export type Delimiter = ',' | ';';

/** Encoded as the bytes EF BB BF: Excel recognizes UTF-8 by it. */
export const BOM = '\ufeff';

/** A record of RFC 4180, including its line end. No text in it is run as a formula by a spreadsheet. */
export function record(fields: readonly (string | number | undefined)[], delimiter: Delimiter): string {
  return `${fields.map((value) => field(value, delimiter)).join(delimiter)}\r\n`;
}

function field(value: string | number | undefined, delimiter: Delimiter): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = guardFormulas(value, delimiter);
  return /["\r\n]/.test(safe) || safe.includes(delimiter) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Characters that start a formula in spreadsheets, including full-width forms. */
const FORMULA = '=+\\-@\uff1d\uff0b\uff0d\uff20';
const AT_START = new RegExp(`^(?=[${FORMULA}\\t\\r\\n])`);

/** Where a program that expects another delimiter starts a cell: it ignores quotes inside a cell. */
const WITHIN: Readonly<Record<Delimiter, RegExp>> = {
  ',': new RegExp(`([;\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
  ';': new RegExp(`([,\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
};

/**
 * Puts a single quote wherever a spreadsheet could start a formula (OWASP, "CSV Injection"); the worker does the same.
 */
function guardFormulas(text: string, delimiter: Delimiter): string {
  return text.replace(WITHIN[delimiter], "$1'").replace(AT_START, "'");
}
