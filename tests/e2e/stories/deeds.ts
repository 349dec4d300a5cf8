import type { Locator, Page } from 'playwright';

/** For what has to come over a busy machine. */
export const soon = { timeout: 30_000, interval: 100 };

/** Takes a name, as a guest does the first time. */
export async function takeName(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: 'Choose a name' }).click();
  await page.getByLabel('What should we call you?').fill(name);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: `You are ${name}. Change your name` }).waitFor();
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
