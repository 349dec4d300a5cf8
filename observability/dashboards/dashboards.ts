import { delivery } from './delivery.ts';
import { glance } from './glance.ts';
import { storesAndBus } from './stores-and-bus.ts';
import { streams } from './streams.ts';

/** Every dashboard. `npm run docs` writes each to `observability/grafana/dashboards/UID.json`, which Grafana reads. */
export const dashboards = [glance, delivery, streams, storesAndBus] as const;
