import { z } from 'zod';
import type { Bus, BusLink } from './bus.ts';
import { parseKafkaAddress } from './kafka-address.ts';
import { openMemoryBus } from './memory.ts';
import { parseMqttUrl } from './mqtt-address.ts';
import { observed } from './observed.ts';
import { type BusOptions, DEFAULT_TOPICS_PREFIX, TOPICS_PREFIX } from './options.ts';
import { joinBuses } from './several.ts';

interface Adapter {
  /** What its links call their broker. */
  broker: BusLink['broker'];
  /** Loads the broker's client, so that other processes neither wait for it nor hold it in memory. */
  open(url: string, options: BusOptions): Promise<Bus>;
  /** Throws TypeError if the URL is not valid, without the password in the message. */
  check(url: string): void;
}

const MQTT: Adapter = {
  broker: 'MQTT',
  open: async (url, options) => (await import('./mqtt.ts')).openMqttBus(url, options),
  check: (url) => void parseMqttUrl(url),
};
const KAFKA: Adapter = {
  broker: 'Kafka',
  open: async (url, options) => (await import('./kafka.ts')).openKafkaBus(url, options),
  check: (url) => void parseKafkaAddress(url),
};

const ADAPTERS = new Map<string, Adapter>([
  ['memory:', { broker: 'memory', open: async (url) => openMemoryBus(url), check: () => undefined }],
  ['mqtt:', MQTT],
  ['mqtts:', MQTT],
  ['kafka:', KAFKA],
  ['kafkas:', KAFKA],
]);

/** Each broker that there is an adapter for, once. `memory` is within the process, the others are servers. */
export const BROKERS: readonly BusLink['broker'][] = [
  ...new Set([...ADAPTERS.values()].map(({ broker }) => broker)),
];

/**
 * Opens the bus at `urls`: one or several URLs, separated by white space. `memory:`,
 * `mqtt[s]://[user:password@]host[:port][/prefix]` or `kafka[s]://[user:password@]host[:port][,host[:port]…][/topic]`.
 * With several, messages are published to all, and read from the first. Never waits for an unavailable broker:
 * `connected` says whether it is available. Throws TypeError if a URL is not valid, without a password in the message.
 */
export async function openBus(urls: string, options: BusOptions = {}): Promise<Bus> {
  const { observe } = options;
  const opened = namedIn(urls).map(async ({ adapter, url }) => {
    const bus = await adapter.open(url, options);
    return observe === undefined ? bus : observed(bus, observe);
  });
  const [first, ...others] = (await Promise.all(opened)) as [Bus, ...Bus[]];
  return others.length === 0 ? first : joinBuses(first, others);
}

/** A configuration field for {@link openBus}; the text is kept unchanged. */
export const busUrls = z.string().superRefine((text, context) => {
  try {
    namedIn(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
  }
});

/** A configuration field for {@link BusOptions.topicsPrefix}. */
export const topicsPrefix = z
  .string()
  .regex(TOPICS_PREFIX, 'must be 1 to 64 characters: A to Z, a to z, 0 to 9 and ._-')
  .default(DEFAULT_TOPICS_PREFIX)
  .describe(
    'the prefix of topic names, where a URL names none: `carillon` gives `carillon/channels/…` on MQTT and `carillon.messages` on Kafka',
  );

/** The URLs in a text, at least one, each with its adapter. */
function namedIn(urls: string): { adapter: Adapter; url: string }[] {
  const each = urls.split(/\s+/).filter((url) => url !== '');
  return (each.length === 0 ? [''] : each).map((url, index) => {
    const scheme = url.slice(0, url.indexOf(':') + 1).toLowerCase();
    const adapter = ADAPTERS.get(scheme);
    // Identify it by position and scheme, because the rest may be part of a password.
    const which = each.length > 1 ? `URL ${index + 1} of ${each.length}: ` : '';
    if (adapter === undefined) {
      throw new TypeError(`${which}a bus URL must start with one of ${[...ADAPTERS.keys()].join(', ')}`);
    }
    try {
      adapter.check(url);
    } catch (error) {
      throw new TypeError(`${which}${error instanceof Error ? error.message : error}`);
    }
    return { adapter, url };
  });
}
