import type { Patient } from './examine.ts';
import { type Finding, fault, ok, warning } from './finding.ts';
import { type Probe, probe } from './probe.ts';
import { headersOf, streamOf, unreachable } from './request.ts';

/** A stream is told that it lives this often, ms (docs: heartbeat). */
const HEARTBEAT_MS = 15_000;

/** Two heartbeats, the first of which comes at any time within its period, and some. */
const HOLD_MS = 2 * HEARTBEAT_MS + 5_000;

/** Two heartbeats that come closer together were held back on the way, ms. */
const TOGETHER_MS = 5_000;

const OPEN_WITHIN_MS = 5_000;

/** Holds a stream on which nothing happens, until its second heartbeat. */
export async function examineIdle(patient: Patient): Promise<Finding> {
  let stream: Probe;
  try {
    stream = await probe(streamOf(patient), { headers: headersOf(patient), withinMs: OPEN_WITHIN_MS });
  } catch (error) {
    return fault('idle', unreachable(error), 'Look into the log of the proxy.');
  }
  const beats = () => stream.events.filter(({ name }) => name === 'heartbeat');
  await stream.until(() => beats().length >= 2, HOLD_MS);
  const { endedAt, events } = stream;
  stream.close();
  const [first, second] = beats();
  if (events.some(({ name }) => name === 'drain')) {
    return warning('idle', 'The node went down while it was looked at.', 'Look again.');
  }
  if (endedAt !== undefined && second === undefined) {
    const silent = ((endedAt - (events.at(-1)?.at ?? stream.askedAt)) / 1_000).toFixed(0);
    return fault(
      'idle',
      `The stream was cut after ${silent} s of silence, and a heartbeat comes every ${HEARTBEAT_MS / 1_000} s: readers of quiet channels are cut again and again.`,
      `Raise the idle timeout of whatever stands between over ${HEARTBEAT_MS / 1_000} s, to an hour (nginx: proxy_read_timeout 1h; a load balancer's "idle timeout").`,
    );
  }
  if (first === undefined || second === undefined) {
    return fault(
      'idle',
      `Fewer than two heartbeats came within ${HOLD_MS / 1_000} s: something on the way keeps small pieces back.`,
      'Turn buffering off for streams (nginx: proxy_buffering off).',
    );
  }
  const apart = second.at - first.at;
  if (apart < TOGETHER_MS) {
    return fault(
      'idle',
      `Two heartbeats came within ${(apart / 1_000).toFixed(1)} s: they were held back and came together.`,
      'Turn buffering off for streams (nginx: proxy_buffering off).',
    );
  }
  return ok('idle', `A quiet stream stands; its heartbeats came ${(apart / 1_000).toFixed(1)} s apart.`);
}
