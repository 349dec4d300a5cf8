import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright';
import { screenshot } from './screenshot.ts';

/** What lies over the page. Where there is something, nothing else can be used. */
const OVERLAY = 'dialog[open], [popover]:popover-open';

/**
 * What axe finds by all its rules in the page as it is, or in what lies over it, in dark and then in light, each as a line
 * that begins with `state`; keeps a picture of both.
 */
export async function faultsIn(page: Page, state: string, picture: string): Promise<string[]> {
  const found: string[] = [];
  const covered = (await page.locator(OVERLAY).count()) > 0;
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await screenshot(page, `${picture}-${colorScheme}`);
    // By itself it opens a second page to gather what frames say; here are none.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    if (covered) axe.include(OVERLAY);
    const { violations } = await axe.analyze();
    for (const { id, nodes } of violations)
      found.push(`${state}, ${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }
  return found;
}
