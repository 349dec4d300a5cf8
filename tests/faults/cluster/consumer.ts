import { openBus } from '@carillon/bus';
import { isMessage } from '@carillon/protocol';
import type { Arrival } from './evidence.ts';

/** A program that reads Kafka's topic, as a team's own does: in a group, from where the group stands. */
export interface Consumer {
  /** Everything that it ever took, of all channels. Repeats are allowed. */
  readonly arrivals: readonly Arrival[];
  stop(): Promise<void>;
}

export async function consume(kafkaUrl: string): Promise<Consumer> {
  const arrivals: Arrival[] = [];
  const bus = await openBus(kafkaUrl, { group: 'faults' });
  await bus.subscribe((_, events) => {
    const at = Date.now();
    for (const message of events.filter(isMessage)) arrivals.push({ ...message, at });
  });
  return { arrivals, stop: () => bus.close() };
}
