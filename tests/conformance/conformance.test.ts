import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chromium, chromiumInstalled, startChromium } from '../servers/chromium.ts';
import { startPage } from './browser.ts';
import { readCases } from './case.ts';
import { runCase } from './run-case.ts';
import { type Subject, startProcess } from './subject.ts';

/** A case waits for a minute at most, and its adapter as long. */
const WITHIN_MS = 150_000;

describe('@carillon/client in Node', () => {
  let subject: Subject;
  beforeAll(() => {
    const adapter = fileURLToPath(new URL('carillon-client.ts', import.meta.url));
    subject = startProcess(process.execPath, ['--conditions=carillon-source', '--import', 'tsx', adapter]);
  });
  afterAll(() => subject.close());

  it.each(readCases())('$title', { timeout: WITHIN_MS }, async (script) => {
    expect(await runCase(subject, script)).toEqual([]);
  });
});

describe.runIf(chromiumInstalled)('@carillon/client in Chromium', () => {
  let chromium: Chromium;
  let subject: Subject;
  beforeAll(async () => {
    chromium = await startChromium();
    subject = await startPage(chromium.browser);
  });
  afterAll(async () => {
    await subject.close();
    await chromium.close();
  });

  it.each(readCases())('$title', { timeout: WITHIN_MS }, async (script) => {
    expect(await runCase(subject, script)).toEqual([]);
  });
});
