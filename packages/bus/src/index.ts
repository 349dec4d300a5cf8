export * from './bus.ts';
export { BROKERS, busUrls, openBus, topicsPrefix } from './open.ts';
export type { BusLog, BusOptions } from './options.ts';
export { joinBuses } from './several.ts';
