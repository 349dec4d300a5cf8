/**
 * kafkajs 2.2.4 sets a timer every millisecond for each of its connections, forever: the delay that it computes for
 * throttled requests is negative if there are none. It costs some per cent of a core, and on Node 24 a
 * TimeoutNegativeWarning (tulios/kafkajs#1751). Without throttled requests there is nothing to wait for: a later
 * throttled request sets the timer itself.
 */
import { createRequire } from 'node:module';

interface RequestQueue {
  pending: unknown[];
  scheduleCheckPendingRequests(): void;
}

const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as {
  prototype: RequestQueue;
};
const schedule = prototype.scheduleCheckPendingRequests;

prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
  if (this.pending.length > 0) schedule.call(this);
};
