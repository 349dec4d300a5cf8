import type { BusLog } from './bus-log.ts';
import type { PublishObserver } from './observed.ts';
import type { PassedOverObserver } from './passed-over.ts';

/** Options of an adapter. */
export interface BusOptions {
  /** PEM of certificate authorities that are trusted in addition to the system's. */
  ca?: string | undefined;
  /**
   * Kafka only: subscribes as a member of this consumer group. Its members share the messages, and a message is
   * acknowledged only after the receiver returned, or its promise resolved: until then it is delivered again. The group
   * starts at the oldest message that is kept; for a topic other than the default one the group's name includes the
   * topic. The other buses deliver everything to everybody, and ignore it.
   */
  group?: string | undefined;
  /** Prefix of topic names if the URL names none: `carillon` gives `carillon/channels/…` and `carillon.messages`. */
  topicsPrefix?: string | undefined;
  log?: BusLog | undefined;
  /** Called for each publish to each broker. */
  observe?: PublishObserver | undefined;
  /** Called for messages that a reader could not read, and for messages that a broker refuses for good. */
  passedOver?: PassedOverObserver | undefined;
}

/** See {@link BusOptions.topicsPrefix}. */
export const DEFAULT_TOPICS_PREFIX = 'carillon';

/** The form of the prefix: one level of an MQTT topic, in characters without a special meaning for brokers and ACLs. */
export const TOPICS_PREFIX = /^[a-zA-Z0-9._-]{1,64}$/;
