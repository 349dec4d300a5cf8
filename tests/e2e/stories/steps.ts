import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';
import { isLive, soon } from '../fixture.ts';

/** Takes a name, as a guest does the first time. */
export async function takeName(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Choose a name' }).click();
  await page.getByLabel('What should we call you?').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: `You are ${name}. Change your name` }).waitFor();
}

/** Signs in with a token, as somebody who was given one. */
export async function signInWith(page: Page, token: string): Promise<void> {
  await page.getByLabel('Your token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await isLive(page);
}

/** The stored message that has this text. */
export function messageWith(page: Page, text: string): Locator {
  return page.locator('.said[data-seq]').filter({ hasText: text }).last();
}

/** Does one thing of a message's menu. */
export async function choose(page: Page, message: Locator, action: string): Promise<void> {
  await message.hover();
  await message.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: action }).click();
}

/** Looks for a word in the open search, until it is found: what was posted a moment ago is found a moment later. */
export async function searchFor(page: Page, word: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Search' });
  const field = dialog.getByRole('searchbox');
  await field.fill(word);
  await expect
    .poll(async () => {
      await field.press('Enter');
      // A search that is not waited for is given up by the next.
      await dialog.getByRole('status').filter({ hasText: 'found' }).waitFor();
      return dialog.locator('.results mark').allTextContents();
    }, soon)
    .toEqual([word]);
}
