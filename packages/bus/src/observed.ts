import type { Bus } from './bus.ts';

/**
 * Called once for each broker; returns the observer of its publishes: how long each took in seconds, and whether the
 * broker has it.
 */
export type PublishObserver = (broker: string) => (seconds: number, taken: boolean) => void;

/** Reports to `observe` what a bus with one broker publishes. */
export function observed(bus: Bus, observe: PublishObserver): Bus {
  const notify = observe(bus.links[0]?.broker ?? '');
  return {
    get connected() {
      return bus.connected;
    },
    links: bus.links,
    publish(channel, events, traces, ahead) {
      const start = performance.now();
      const published = bus.publish(channel, events, traces, ahead);
      const settled = (taken: boolean) => () => notify((performance.now() - start) / 1_000, taken);
      published.then(settled(true), settled(false));
      return published;
    },
    subscribe: (receive, wanted) => bus.subscribe(receive, wanted),
    close: () => bus.close(),
  };
}
