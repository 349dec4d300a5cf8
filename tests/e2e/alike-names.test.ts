import { describe, expect, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { type Person, soon, TEST_WITHIN_MS, useFixture, write } from './fixture.ts';

describe.skipIf(!chromiumInstalled)('names', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  const enterAs = async (name: string, channel: string): Promise<Person> => {
    const person = await fixture.enter(`/c/${channel}`);
    await person.page.getByRole('button', { name: 'Choose a name' }).click();
    await person.page.getByLabel('What should we call you?').fill(name);
    await person.page.getByRole('button', { name: 'Save' }).click();
    await person.page.getByRole('button', { name: 'Choose a name' }).waitFor({ state: 'detached' });
    await write(person.page, `I am ${name}`);
    return person;
  };

  it('that look the same have a mark each, and others have none', async () => {
    const channel = fixture.channel('alike');
    const names = ['Ada', '\u0410da\u200b', 'Bob'];
    const people: Person[] = [];
    for (const name of names) people.push(await enterAs(name, channel));
    const reader = people[2] as Person;
    const authors = reader.page.locator('.said .author');
    await expect.poll(() => authors.count(), soon).toBe(3);
    const marks = reader.page.locator('.said .author .alike');
    await expect.poll(() => marks.count(), soon).toBe(2);
    const [first, second] = await marks.allTextContents();
    expect(first).toMatch(/^[\w-]{4,}$/);
    expect(second).not.toBe(first);
    expect((await authors.allTextContents()).at(-1)).toBe('Bob');
    for (const { context, faults } of people) {
      expect(faults).toEqual([]);
      await context.close();
    }
  });
});
