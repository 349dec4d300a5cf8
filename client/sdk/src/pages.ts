/**
 * The pages of a list, one after the other. The next is read when it is asked for.
 *
 * @param read gives the page that begins at `next`, the first where that is undefined.
 * @example
 * for await (const { members } of pages((after?: string) => carillon.members('team', { after })))
 *   for (const { name } of members) console.log(name);
 */
export async function* pages<Page extends { next?: unknown }>(
  read: (next: Page['next'] | undefined) => Promise<Page>,
): AsyncGenerator<Page, void> {
  let next: Page['next'] | undefined;
  do {
    const page = await read(next);
    yield page;
    next = page.next;
  } while (next !== undefined);
}
