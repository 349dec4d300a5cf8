/** What an error of kafkajs says, which wraps them. */

/** Where the broker cannot be reached, or does not answer. */
const AWAY = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
]);

/** kafkajs takes it for one that passes, as after a topic was made. */
const MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';

/** Of a message alone, and of all that went in one batch (Kafka protocol guide, "Error Codes", 10 and 18). */
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** The first cause of an error, in words for an operator. */
export function reasonOf(error: unknown, topic: string): string {
  const cause = causeOf(error);
  if (!(cause instanceof Error)) return String(cause);
  if (typeOf(cause) === MISSING) {
    return `there is no topic ${topic}: deploy/kafka/create-topics makes it`;
  }
  return cause.message;
}

/** Whether the broker was there and refused what was asked: it will do so a moment later, too. Not where it says that it may pass. */
export function isRefusal(error: unknown): boolean {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || AWAY.has(cause.name)) return false;
  if (typeOf(cause) === MISSING) return true;
  // Errors of sockets and of TLS have a code in words.
  if ('code' in cause && typeof cause.code === 'string') return false;
  return !('retriable' in cause && cause.retriable === true);
}

/** Whether a topic refused what was written as larger than its `max.message.bytes`. */
export function isTooLarge(error: unknown): boolean {
  return TOO_LARGE.has(typeOf(causeOf(error)));
}

function causeOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error.cause;
  return inner instanceof Error && inner !== error ? causeOf(inner) : error;
}

function typeOf(error: unknown): string {
  return error instanceof Error && 'type' in error && typeof error.type === 'string' ? error.type : '';
}
