import { randomBytes } from 'node:crypto';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { MqttClient } from 'mqtt';
import type { MqttAddress } from './mqtt-address.ts';
import type { BusOptions } from './options.ts';
import { trusting } from './trust.ts';

/** A working broker answers within this; a frozen broker does not, and is tried again. */
const CONNECT_WITHIN_MS = 2_000;

/** Seconds without a packet after which the broker is pinged; after half as much again it is considered unavailable. */
const KEEPALIVE_S = 5;

/**
 * Pauses before an unavailable broker is tried again: short, because deliveries should resume within 2 s of its return.
 */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 800;

const DEFAULT_PORT = { 'mqtt:': 1883, 'mqtts:': 8883 } as const;

/**
 * Keeps one connection to an MQTT broker: after a failed or dropped connection comes another, after a jittered pause.
 * Each is a new client of mqtt.js, so that nothing it queued or stored outlives its connection: with `reconnectPeriod:
 * 0` it fails all of that when it ends.
 */
export class MqttLink {
  readonly #address: MqttAddress;
  readonly #filter: string;
  readonly #options: BusOptions;
  readonly #onPacket: (topic: string, payload: Uint8Array) => void;
  /** The connection that is being opened or is open. */
  #current: MqttClient | undefined;
  #stands = false;
  /** Whether to subscribe to the filter, on this connection and those that follow. */
  #listening = false;
  /** Called when the current attempt succeeded or failed. */
  #onTried: (() => void)[] = [];
  #failures = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #reason = 'it has not responded yet';

  /** `onPacket` is called with packets of `filter` after {@link listen}. */
  constructor(
    address: MqttAddress,
    filter: string,
    options: BusOptions,
    onPacket: (topic: string, payload: Uint8Array) => void,
  ) {
    this.#address = address;
    this.#filter = filter;
    this.#options = options;
    this.#onPacket = onPacket;
    this.#connect();
  }

  /** The connection, if it is open and (while listening) the broker has confirmed the subscription. */
  get client(): MqttClient | undefined {
    return this.#stands ? this.#current : undefined;
  }

  /** Why the broker is, or last was, unavailable. */
  get reason(): string {
    return this.#reason;
  }

  /**
   * Subscribes, now and after each reconnect. Resolves when the subscription is active, or the current attempt failed.
   */
  async listen(): Promise<void> {
    this.#listening = true;
    const client = this.#current;
    if (client === undefined) return;
    if (this.#stands) await this.#subscribe(client);
    else await new Promise<void>((resolve) => this.#onTried.push(resolve));
  }

  async unlisten(): Promise<void> {
    this.#listening = false;
    await this.client?.unsubscribeAsync(this.#filter).catch(() => {}); // A lost connection has no subscription.
  }

  /** Closes the current connection; another follows. */
  drop(reason: string): void {
    if (this.#current !== undefined) this.#lose(this.#current, reason);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.drop('the bus is closed');
  }

  #connect(): void {
    const { url, username, password } = this.#address;
    const client = new MqttClient(() => openSocket(url, this.#options.ca), {
      clientId: `carillon-${randomBytes(8).toString('hex')}`,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      protocolVersion: 4,
      clean: true,
      keepalive: KEEPALIVE_S,
      reschedulePings: false, // It would set a new timer for each packet.
      connectTimeout: CONNECT_WITHIN_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      log: () => {},
    });
    this.#current = client;
    client.on('message', (topic, payload) => this.#onPacket(topic, payload));
    client.on('error', (error) => this.#lose(client, error.message));
    client.on('close', () => this.#lose(client, 'the connection was closed'));
    client.on('connect', () => this.#greet(client));
  }

  async #greet(client: MqttClient): Promise<void> {
    if (this.#listening) await this.#subscribe(client);
    if (this.#current !== client) return;
    this.#stands = true;
    if (this.#failures > 1) this.#options.log?.info({}, 'the MQTT broker is available again');
    this.#failures = 0;
    this.#tried();
    if (!this.#listening) await this.unlisten();
  }

  async #subscribe(client: MqttClient): Promise<void> {
    try {
      await client.subscribeAsync(this.#filter, { qos: 0 });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#lose(client, `the subscription to ${this.#filter} was refused: ${reason}`);
    }
  }

  #lose(client: MqttClient, reason: string): void {
    if (this.#current !== client) return;
    this.#current = undefined;
    this.#stands = false;
    this.#reason = reason;
    client.end(true);
    this.#tried();
    if (this.#closed) return;
    this.#failures++;
    // Log once per outage, and not if the next attempt succeeds.
    if (this.#failures === 2) this.#options.log?.warn({ reason }, 'the MQTT broker is unavailable');
    const pause = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
    this.#retry = setTimeout(() => this.#connect(), pause * (0.5 + Math.random() / 2));
  }

  #tried(): void {
    const waiting = this.#onTried;
    this.#onTried = [];
    for (const resolve of waiting) resolve();
  }
}

/**
 * Disables Nagle's algorithm, which holds a small packet back until the previous one is acknowledged, 40 ms at worst.
 */
function openSocket(url: URL, ca: string | undefined): Socket {
  const secure = url.protocol === 'mqtts:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? DEFAULT_PORT[secure ? 'mqtts:' : 'mqtt:'] : Number(url.port);
  const socket = secure
    ? connectTls({ host, port, ...trusting(ca), ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connectTcp({ host, port });
  return socket.setNoDelay(true);
}
