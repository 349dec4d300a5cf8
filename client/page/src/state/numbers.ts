/** Numbers as people write them; the locale is the browser's. */
const plain = new Intl.NumberFormat();

/** Such as 1,234. */
export function number(count: number): string {
  return plain.format(count);
}

/** Such as 100+ where it is as much as is counted. */
export function numberUpTo(count: number, most: number): string {
  return count >= most ? `${plain.format(most)}+` : plain.format(count);
}

/** A number with its noun, such as "1 message" or "2 messages". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${plain.format(count)} ${count === 1 ? one : many}`;
}
