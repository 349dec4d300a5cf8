import type { ServiceTokens } from '@carillon/auth';
import type { Bus } from '@carillon/bus';
import type { History } from '@carillon/history';
import type { Jobs } from '@carillon/jobs';
import type { Post } from '../posting.ts';
import { broadcastChecks } from './broadcast.ts';
import { brokerChecks } from './brokers.ts';
import type { Check, Unconfigured } from './check.ts';
import { redisCheck } from './redis.ts';
import { schemaCheck, storeCheck } from './store.ts';
import { workerCheck } from './worker.ts';

/** What `/checks` has to know beyond what the calls need. */
export interface CheckedParts {
  /** What runs within this process, and so is no server that could be away. */
  embedded?: readonly ('proxy' | 'store' | 'bus')[];
  /** Gives the base URLs at which streams are read, one for each node that is to be tested by itself. */
  streams?: () => readonly string[];
  /** Undefined where there is no Redis for presence and limits. */
  redis?: { ping(): Promise<void> } | undefined;
}

/** What the checks use of what the calls have. */
interface CheckedWith {
  history: History;
  bus: Bus;
  jobs: Jobs | undefined;
  post: Post;
  services: ServiceTokens;
}

/** The components that this process can test, in the order in which a message and a request need them. */
export function listChecks(
  { embedded = [], streams = () => [], redis }: CheckedParts,
  { history, bus, jobs, post, services }: CheckedWith,
): (Check | Unconfigured)[] {
  return [
    storeCheck(history, embedded.includes('store')),
    schemaCheck(history),
    ...brokerChecks(bus, embedded.includes('bus')),
    redisCheck(redis),
    workerCheck(jobs),
    ...broadcastChecks(streams(), { post, history, services }),
  ];
}
