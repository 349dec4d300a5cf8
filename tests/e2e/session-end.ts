import type { BrowserContext, Page } from 'playwright';
import { expect, onTestFinished } from 'vitest';
import { type Fixture, isLive, type Person, soon, texts } from './fixture.ts';
import { desk } from './stories/devices.ts';
import { signInWith } from './stories/steps.ts';
import { tokenOf } from './stories/token.ts';

/** How a session comes to its end: by itself after `seconds`, or by what `end` does. */
export interface Ending {
  seconds?: number;
  end?(context: BrowserContext, url: string): Promise<void>;
}

/** Two tabs of a person with half a message each: they can sign in again, and go on where they were. */
export async function offersToSignIn(fixture: Fixture, ending: Ending): Promise<void> {
  const { page, context, faults } = await enter(fixture, 'ends', ending);
  const other = await context.newPage();
  await other.goto(`${fixture.server.url}/c/${fixture.channel('other')}`);
  await isLive(other);
  await field(other).fill('another half');
  await field(page).fill('half a thou');
  await ending.end?.(context, fixture.server.url);
  for (const tab of [page, other]) await tab.getByLabel('Your token').waitFor({ timeout: 90_000 });
  expect(await page.getByText('half a thou').count()).toBe(0);
  await signInWith(page, tokenOf({ id: 'ada', name: 'Ada' }));
  await expect.poll(() => field(page).inputValue(), soon).toBe('half a thou');
  await isLive(other);
  await expect.poll(() => field(other).inputValue(), soon).toBe('another half');
  await field(page).press('Enter');
  await expect.poll(() => texts(page, 'stored'), soon).toEqual(['half a thou']);
  expect(faults).toEqual([]);
}

/** Half a message of one person is not shown to the next who signs in. */
export async function showsNothingToOthers(fixture: Fixture, ending: Ending): Promise<void> {
  const { page, context } = await enter(fixture, 'others', ending);
  await field(page).fill('of Ada');
  await ending.end?.(context, fixture.server.url);
  await page.getByLabel('Your token').waitFor({ timeout: 90_000 });
  await signInWith(page, tokenOf({ id: 'bo', name: 'Bo' }));
  expect(await field(page).inputValue()).toBe('');
  await page.getByRole('button', { name: 'You are Bo. Your account' }).waitFor();
  expect(await field(page).inputValue()).toBe('');
}

async function enter(fixture: Fixture, channel: string, { seconds }: Ending): Promise<Person> {
  const person = await fixture.enter(`/c/${fixture.channel(channel)}`, { ...desk, live: false });
  onTestFinished(() => person.context.close());
  await signInWith(person.page, tokenOf({ id: 'ada', name: 'Ada', ...(seconds && { seconds }) }));
  return person;
}

function field(page: Page) {
  return page.getByRole('textbox', { name: /^Message #/ });
}
