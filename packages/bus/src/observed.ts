import type { Bus } from './bus.ts';

/** Asked once for each broker; gives whom to tell of each publish: how long it took in seconds, and whether the broker has it. */
export type PublishObserver = (broker: string) => (seconds: number, taken: boolean) => void;

/** Has `observe` told of what a bus of one broker publishes. */
export function observed(bus: Bus, observe: PublishObserver): Bus {
  const tell = observe(bus.links[0]?.broker ?? '');
  return {
    get connected() {
      return bus.connected;
    },
    links: bus.links,
    publish(channel, events, traces, ahead) {
      const start = performance.now();
      const published = bus.publish(channel, events, traces, ahead);
      const told = (taken: boolean) => () => tell((performance.now() - start) / 1_000, taken);
      published.then(told(true), told(false));
      return published;
    },
    subscribe: (receive, wanted) => bus.subscribe(receive, wanted),
    close: () => bus.close(),
  };
}
