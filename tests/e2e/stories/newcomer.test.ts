import { describe, it } from 'vitest';
import { chromiumInstalled } from '../../servers/chromium.ts';
import { TEST_WITHIN_MS, useFixture } from '../fixture.ts';
import { lookRound } from './newcomer.ts';

describe.skipIf(!chromiumInstalled)('a newcomer', { timeout: TEST_WITHIN_MS }, () => {
  const fixture = useFixture();

  it('opens the page, reads, takes a name, writes and makes a channel, with dates as in de-DE', async () => {
    const welcome = fixture.channel('welcome');
    await fixture.say(welcome, ['Welcome! **Read** this first.', 'Ask anything.']);
    await lookRound(fixture, welcome, { locale: 'de-DE', timezoneId: 'Europe/Berlin', name: 'nils' });
  });
});
