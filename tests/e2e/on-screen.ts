import type { Page } from 'playwright';
import { expect } from 'vitest';
import { soon } from './fixture.ts';

/** Waits until the message is on screen. */
export async function shows(page: Page, seq: number): Promise<void> {
  await expect.poll(() => isOnScreen(page, seq), soon).toBe(true);
}

/** Whether any part of the message is on screen. */
export function isOnScreen(page: Page, seq: number): Promise<boolean> {
  return page.evaluate((wanted) => {
    const list = document.querySelector('.scroller')?.getBoundingClientRect();
    const row = document.querySelector(`[data-seq="${wanted}"]`)?.getBoundingClientRect();
    return list !== undefined && row !== undefined && row.bottom > list.top && row.top < list.bottom;
  }, seq);
}
