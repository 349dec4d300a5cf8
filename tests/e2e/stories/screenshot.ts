import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';

/** Files of the run, kept by no commit. */
const FOLDER = fileURLToPath(new URL('../screenshots/', import.meta.url));
let told = false;

/** Keeps a picture of the page as `name`.png, once nothing moves any more. */
export async function screenshot(page: Page, name: string): Promise<void> {
  if (!told) console.log(`screenshots: ${FOLDER}`);
  told = true;
  await atRest(page);
  await page.screenshot({ path: `${FOLDER}${name}.png` });
}

/** Waits until nothing moves any more but what never ends. */
async function atRest(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getComputedTiming().endTime !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished.catch(() => undefined)),
    ),
  );
}
