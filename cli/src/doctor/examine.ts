import { examineCalls } from './calls.ts';
import { type Finding, unknown } from './finding.ts';
import { examineIdle } from './idle.ts';
import { examineOpening } from './opening.ts';
import { examineStickiness } from './stickiness.ts';
import { examineTls } from './tls.ts';

/** A patient: a Carillon behind whatever stands between. */
export interface Patient {
  /** The origin, such as `https://chat.example`. */
  url: string;
  /** A channel that may be read and is quiet: a message hides that idle streams are cut. */
  channel: string;
  token: string | undefined;
  /** Holds a stream open for two heartbeats, some 35 s. */
  idle: boolean;
}

/**
 * Opens streams as a client does and tells what it finds, one by one, in an order in which each stands on those before.
 * Writes nothing. Never throws: what goes wrong is a finding.
 */
export async function* examine(patient: Patient): AsyncGenerator<Finding> {
  if (patient.url.startsWith('https:')) yield* examineTls(patient);
  const calls = await examineCalls(patient);
  yield calls;
  if (calls.status === 'fault') return;
  const opening = await examineOpening(patient);
  yield* opening.findings;
  if (!opening.opened) {
    yield unknown('stickiness', 'No stream opens.');
    yield unknown('idle', 'No stream opens.');
    return;
  }
  yield await examineStickiness(patient);
  if (patient.idle) yield await examineIdle(patient);
}
