export * from './bus.ts';
export { type Broker, type BrokerOptions, startBroker } from './embedded-broker.ts';
export { createTopics, type TopicChange, type TopicSettings } from './kafka-topics.ts';
export { busUrls, openBus, topicsPrefix } from './open.ts';
export type { BusLog, BusOptions } from './options.ts';
