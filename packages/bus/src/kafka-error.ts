/** The reason in a kafkajs error, which wraps others. */

/** The broker cannot be reached, or does not answer. */
const AWAY = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSLockTimeout',
]);

/** kafkajs considers it temporary, as after creating a topic. */
const MISSING = 'UNKNOWN_TOPIC_OR_PARTITION';

/** For a single message, and for a whole batch (Kafka protocol guide, "Error Codes", 10 and 18). */
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** The root cause of an error, in plain English for an operator. */
export function reasonOf(error: unknown, topic: string): string {
  const cause = causeOf(error);
  if (!(cause instanceof Error)) return String(cause);
  if (typeOf(cause) === MISSING) {
    return `the topic ${topic} does not exist: create it with deploy/kafka/create-topics`;
  }
  return cause.message;
}

/** Whether the broker answered with a refusal that will not pass by itself. False if the error is marked retriable. */
export function isRefusal(error: unknown): boolean {
  const cause = causeOf(error);
  if (!(cause instanceof Error) || AWAY.has(cause.name)) return false;
  if (typeOf(cause) === MISSING) return true;
  // Errors of sockets and TLS have a code in words.
  if ('code' in cause && typeof cause.code === 'string') return false;
  return !('retriable' in cause && cause.retriable === true);
}

/** Whether a topic refused a write as larger than its `max.message.bytes`. */
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
