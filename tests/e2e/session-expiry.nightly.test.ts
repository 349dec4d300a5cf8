import { describe, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { TEST_WITHIN_MS, useFixture } from './fixture.ts';
import { offersToSignIn, showsNothingToOthers } from './session-end.ts';

/** Long enough to sign in and type on a busy machine, and short enough to wait for, s. */
const SHORT_S = 25;

describe.skipIf(!chromiumInstalled)(
  'a session that expires while the page is open',
  { timeout: TEST_WITHIN_MS },
  () => {
    const fixture = useFixture('guarded');

    it('offers to sign in, in each tab, and who does finds what they were writing', () =>
      offersToSignIn(fixture, { seconds: SHORT_S }));

    it('shows nothing of it to who signs in as somebody else', () =>
      showsNothingToOthers(fixture, { seconds: SHORT_S }));
  },
);
