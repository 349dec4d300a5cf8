import { BROKERS, type Bus } from '@carillon/bus';
import type { Check, Unconfigured } from './check.ts';

/**
 * Returns one check for each broker of the bus: it publishes a probe, which has to come back. A broker that Carillon supports and
 * this bus does not use is listed as not configured. `embedded` is true if the bus runs within this process.
 */
export function brokerChecks({ links }: Pick<Bus, 'links'>, embedded: boolean): (Check | Unconfigured)[] {
  return BROKERS.flatMap((broker): (Check | Unconfigured)[] => {
    const inMemory = broker === 'memory';
    const component = {
      name: inMemory ? 'bus' : broker.toLowerCase(),
      title: `Message bus (${broker})`,
    };
    const own = links.filter((link) => link.broker === broker);
    if (own.length === 0) return inMemory ? [] : [{ ...component, notConfigured: 'not configured' }];
    const outcome = 'a probe was published and received';
    return own.map((link) => ({
      ...component,
      async run() {
        await link.ping();
        return embedded || inMemory ? `embedded: ${outcome}` : outcome;
      },
    }));
  });
}
