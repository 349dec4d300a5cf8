import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Kafka, logLevel, type RetryOptions } from 'kafkajs';
import type { KafkaAddress } from './kafka-address.ts';
import './kafka-framing.ts';
import './kafka-idle-timer.ts';
import { trusting } from './trust.ts';

/** A working broker answers within this; a frozen broker does not. */
const ANSWER_WITHIN_MS = 3_000;

/**
 * How often kafkajs retries a temporary failure: to find a new leader, or to replace a lost connection. Under 2 s in
 * total: then the client is discarded and a new one created.
 */
export const RETRY: RetryOptions = { retries: 5, initialRetryTime: 100, maxRetryTime: 400 };

/**
 * A kafkajs client whose sockets can all be closed at once from outside: by itself it would wait for answers that never
 * come. `onLost` is called once, when its last socket has closed.
 */
export class KafkaClient {
  readonly kafka: Kafka;
  readonly #sockets = new Set<Socket>();
  readonly #onLost: (reason: string) => void;
  #ended: string | undefined;

  constructor(address: KafkaAddress, options: { ca?: string | undefined; onLost(reason: string): void }) {
    const { brokers, tls, credentials } = address;
    this.#onLost = options.onLost;
    this.kafka = new Kafka({
      clientId: 'carillon',
      brokers,
      ...(tls ? { ssl: trusting(options.ca) } : {}),
      ...(credentials === undefined ? {} : { sasl: { mechanism: 'scram-sha-512', ...credentials } }),
      connectionTimeout: ANSWER_WITHIN_MS,
      authenticationTimeout: ANSWER_WITHIN_MS,
      requestTimeout: ANSWER_WITHIN_MS,
      // Connecting is retried by the owner of this client, with a new client.
      retry: { retries: 0 },
      logLevel: logLevel.NOTHING,
      socketFactory: ({ host, port, ssl, onConnect }) => {
        if (this.#ended !== undefined) throw new Error(this.#ended);
        const name = isIP(host) === 0 ? { servername: host } : {};
        const socket = tls
          ? connectTls({ host, port, ...name, ...ssl }, onConnect)
          : connectTcp({ host, port }, onConnect);
        this.#sockets.add(socket);
        socket.once('close', () => this.#forget(socket));
        return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_AFTER_MS);
      },
    });
  }

  /** Closes all its connections; pending requests fail, and no connection is opened any more. */
  end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    for (const socket of this.#sockets) socket.destroy(new Error(reason));
  }

  #forget(socket: Socket): void {
    this.#sockets.delete(socket);
    // Deferred, because pending requests fail first, and their errors have a better reason.
    setImmediate(() => {
      if (this.#sockets.size === 0 && this.#ended === undefined) this.#onLost('the connection was closed');
    });
  }
}

/** Detects a peer that vanished while nothing is sent. */
const KEEP_ALIVE_AFTER_MS = 10_000;
