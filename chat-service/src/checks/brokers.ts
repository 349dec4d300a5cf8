import type { Bus } from '@carillon/bus';
import type { Check, Unconfigured } from './check.ts';

const BROKERS = ['MQTT', 'Kafka'] as const;

/** For each broker of the bus a publish that comes back; a broker that is not of this bus is told too. */
export function brokerChecks({ links }: Pick<Bus, 'links'>, embedded: boolean): (Check | Unconfigured)[] {
  const checks = links.map((link) => ({
    name: link.broker === 'memory' ? 'bus' : link.broker.toLowerCase(),
    title: `Message bus (${link.broker})`,
    async run() {
      await link.ping();
      return embedded || link.broker === 'memory'
        ? 'embedded: published and came back'
        : 'published and came back';
    },
  }));
  const missing = BROKERS.filter((name) => links.every(({ broker }) => broker !== name)).map((broker) => ({
    name: broker.toLowerCase(),
    title: `Message bus (${broker})`,
    notConfigured: 'not configured',
  }));
  const order = ['bus', 'mqtt', 'kafka'];
  return [...checks, ...missing].sort((one, other) => order.indexOf(one.name) - order.indexOf(other.name));
}
