import type { Bus } from './bus.ts';
import { openMemoryBus } from './memory.ts';
import { openMqttBus } from './mqtt.ts';

const ADAPTERS = new Map<string, (url: string) => Bus>([
  ['memory:', openMemoryBus],
  ['mqtt:', openMqttBus],
  ['mqtts:', openMqttBus],
]);

/** The schemes that {@link openBus} takes, each with its colon. */
export const BUS_SCHEMES: readonly string[] = [...ADAPTERS.keys()];

export interface BusOptions {
  /** Authorities in PEM that are trusted besides the system's, for the schemes with TLS. */
  ca?: string | undefined;
}

/**
 * Opens the bus that `url` names: `memory:`, `mqtt://[user:password@]host[:port]` or `mqtts://…`. Never waits for a
 * broker that is away: `connected` tells when it is there. Throws TypeError where the URL names none.
 */
export async function openBus(url: string, _options: BusOptions = {}): Promise<Bus> {
  const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase();
  const open = ADAPTERS.get(scheme);
  if (open === undefined) throw new TypeError(`a bus URL starts with one of ${BUS_SCHEMES.join(', ')}`);
  return open(url);
}
