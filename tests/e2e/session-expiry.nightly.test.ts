import { afterAll, beforeAll, describe, it } from 'vitest';
import { chromiumInstalled } from '../servers/chromium.ts';
import { offersToSignIn, showsNothingToOthers } from './session-end.ts';
import { START_WITHIN_MS, type Stage, setStage, TEST_WITHIN_MS } from './stage.ts';

/** Long enough to sign in and type on a busy machine, and short enough to wait for, s. */
const SHORT_S = 25;

describe.skipIf(!chromiumInstalled)(
  'a session that expires while the page is open',
  { timeout: TEST_WITHIN_MS },
  () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await setStage('guarded');
    }, START_WITHIN_MS);
    afterAll(() => stage?.close());

    it('offers to sign in, in each tab, and who does finds what they were writing', () =>
      offersToSignIn(stage, { seconds: SHORT_S }));

    it('shows nothing of it to who signs in as somebody else', () =>
      showsNothingToOthers(stage, { seconds: SHORT_S }));
  },
);
