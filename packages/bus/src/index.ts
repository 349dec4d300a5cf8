export * from './bus.ts';
export { type Broker, type BrokerOptions, startBroker } from './embedded-broker.ts';
export { BUS_SCHEMES, type BusOptions, openBus } from './open.ts';
