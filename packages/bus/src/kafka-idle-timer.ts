/**
 * kafkajs 2.2.4 sets a timer anew for each of its connections every millisecond, for ever: the wait that it computes
 * for requests that are held back is negative where none is. It costs some per cent of a core, and on Node 24 a
 * TimeoutNegativeWarning (tulios/kafkajs#1751). With nothing held back there is nothing to wait for: what is
 * held back later sets the timer itself.
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
