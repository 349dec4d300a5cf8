import { afterAll, beforeAll, describe, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { START_WITHIN_MS, type Stage, setStage, TEST_WITHIN_MS } from '../stage.ts';
import { lookRound } from './newcomer.ts';

describe.skipIf(!chromiumInstalled)('a newcomer', { timeout: TEST_WITHIN_MS }, () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await setStage();
  }, START_WITHIN_MS);
  afterAll(() => stage?.close());

  it('opens the page, reads, takes a name, writes and makes a channel, with dates as in de-DE', async () => {
    const welcome = stage.channel('welcome');
    await stage.say(welcome, ['Welcome! **Read** this first.', 'Ask anything.']);
    await lookRound(stage, welcome, { locale: 'de-DE', timezoneId: 'Europe/Berlin', name: 'nils' });
  });
});
