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

/** What `/checks` needs beyond what the routes need. */
export interface CheckedParts {
  /** What runs within this process instead of on a server. */
  embedded?: readonly ('proxy' | 'store' | 'bus')[];
  /** Returns the base URLs at which streams are served, one for each node that is tested separately. */
  streams?: () => readonly string[];
  /** Undefined if presence and limits do not use Redis. */
  redis?: { ping(): Promise<void> } | undefined;
}

/** What the checks share with the routes. */
interface CheckedWith {
  history: History;
  bus: Bus;
  jobs: Jobs | undefined;
  post: Post;
  services: ServiceTokens;
}

/** Returns the components that this process can test, in the order in which requests and messages need them. */
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
