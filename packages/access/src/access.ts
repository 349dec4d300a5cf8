import { type Identity, Problem } from '@carillon/protocol';
import { matches } from './patterns.ts';

/** `subscribe`: read it and its stream. `publish`: post, edit one's own, react, type. `moderate`: the rest. */
export type Action = 'subscribe' | 'publish' | 'moderate';

/** Who may do what on which channel, the same on every node within a second. */
export interface Access {
  /**
   * Lets pass who may, else throws the problem `unauthenticated` (nobody said who they are), `forbidden`, `muted`,
   * `banned` or `archived`. Mostly it knows without asking the store, and gives no promise, so that a post pays nothing.
   */
  require(identity: Identity, action: Action, channel: string): undefined | Promise<undefined>;

  close(): Promise<void>;
}

export function openAccess(): Access {
  return {
    require(identity, action, channel) {
      if (matches(identity.grants[action], channel)) return undefined;
      throw identity.kind === 'anonymous'
        ? new Problem('unauthenticated', 'Sign in, or bring a token.')
        : new Problem('forbidden', `You may not ${action} here.`);
    },
    async close() {},
  };
}
