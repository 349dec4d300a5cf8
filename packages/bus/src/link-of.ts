import type { Bus, BusLink } from './bus.ts';

/** The link of a bus with one broker. */
export function linkOf(
  broker: BusLink['broker'],
  bus: Pick<Bus, 'connected'>,
  ping: () => Promise<void>,
): BusLink {
  return {
    broker,
    ping,
    get connected() {
      return bus.connected;
    },
  };
}
