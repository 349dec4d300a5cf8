export * from './bus.ts';
export { type Broker, type BrokerOptions, startBroker } from './embedded-broker.ts';
export { BUS_SCHEMES, openBus } from './open.ts';
