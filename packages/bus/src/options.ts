import type { PublishObserver } from './observed.ts';
import type { PassedOverObserver } from './passed-over.ts';

/** What a bus tells of its broker, in the shape of the services' log. */
export interface BusLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
}

/** What an adapter may be opened with. */
export interface BusOptions {
  /** PEM of certificate authorities that are trusted besides the system's roots. */
  ca?: string | undefined;
  /**
   * Kafka only: subscribes as a member of this consumer group. Its members share what arrives, and a message counts as
   * taken only after the receiver returned, or what it returned resolved: until then it comes again. The group begins
   * at the oldest message that is kept; of a topic with another name than the default one it is a group of that topic. The other buses bring everything to everybody, and ignore it.
   */
  group?: string | undefined;
  /** Stands before the names of topics where the URL names none: `carillon` makes `carillon/channels/…` and `carillon.messages`. */
  topicsPrefix?: string | undefined;
  log?: BusLog | undefined;
  /** Told of each publish to each broker. */
  observe?: PublishObserver | undefined;
  /** Told of what a reader could not read, and of what a broker refuses for good. */
  passedOver?: PassedOverObserver | undefined;
}

/** See {@link BusOptions.topicsPrefix}. */
export const DEFAULT_TOPICS_PREFIX = 'carillon';

/** What may stand there: one level of an MQTT topic, of characters that no broker and no ACL gives a meaning. */
export const TOPICS_PREFIX = /^[a-zA-Z0-9._-]{1,64}$/;
