/** What stands between two cells. */
export type Delimiter = ',' | ';';

/** Bytes EF BB BF once it is written: by it Excel knows UTF-8. */
export const BOM = '\ufeff';

/** A record of RFC 4180, with its line's end. No text in it is one that a spreadsheet would run as a formula. */
export function record(fields: readonly (string | number | undefined)[], delimiter: Delimiter): string {
  return `${fields.map((value) => field(value, delimiter)).join(delimiter)}\r\n`;
}

function field(value: string | number | undefined, delimiter: Delimiter): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = guardFormulas(value, delimiter);
  return /["\r\n]/.test(safe) || safe.includes(delimiter) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Spreadsheets begin a formula with these, full-width ones too. */
const FORMULA = '=+\\-@\uff1d\uff0b\uff0d\uff20';
const AT_START = new RegExp(`^(?=[${FORMULA}\\t\\r\\n])`);

/** Where a program that takes another sign for the delimiter begins a cell: quotes within a cell mean nothing to it. */
const WITHIN: Readonly<Record<Delimiter, RegExp>> = {
  ',': new RegExp(`([;\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
  ';': new RegExp(`([,\\t\\r\\n]"*)(?=[${FORMULA}])`, 'g'),
};

/** A single quote wherever a spreadsheet could begin a formula, as OWASP says of CSV injection; the worker's is the same. */
function guardFormulas(text: string, delimiter: Delimiter): string {
  return text.replace(WITHIN[delimiter], "$1'").replace(AT_START, "'");
}
