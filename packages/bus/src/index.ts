export * from './bus.ts';
export type { BusLog } from './bus-log.ts';
export { BROKERS, busUrls, openBus, topicsPrefix } from './open.ts';
export type { BusOptions } from './options.ts';
export { joinBuses } from './several.ts';
