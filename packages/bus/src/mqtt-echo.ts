import { randomBytes } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import { BusUnavailable, PING_WITHIN_MS } from './bus.ts';

/** The answer of a broker that refuses a subscription, in place of the granted QoS. */
const REFUSED = 0x80;

/** Sends a message through an MQTT broker to itself. */
export class MqttEcho {
  readonly #above: string;
  /** The topic of each connection. It is subscribed to once: a broker may limit how often a client subscribes. */
  readonly #topics = new WeakMap<MqttClient, Promise<string>>();
  readonly #awaited = new Map<string, () => void>();

  /** Each connection has a topic of its own below `above`, which its user must be allowed to publish and to read. */
  constructor(above: string) {
    this.#above = above;
  }

  /** Resolves when the message came back. Rejects with BusUnavailable after at most {@link PING_WITHIN_MS}. */
  async ping(client: MqttClient): Promise<void> {
    const mark = randomBytes(8).toString('hex');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new BusUnavailable('the published message did not come back');
      timer = setTimeout(reject, PING_WITHIN_MS, error);
    });
    try {
      await Promise.race([this.#send(client, mark), late]);
    } catch (error) {
      if (error instanceof BusUnavailable) throw error;
      throw new BusUnavailable('the connection to the broker was lost', { cause: error });
    } finally {
      clearTimeout(timer);
      this.#awaited.delete(mark);
    }
  }

  /** Whether an incoming packet is one of these messages. */
  takes(topic: string, payload: Uint8Array): boolean {
    if (!topic.startsWith(this.#above)) return false;
    this.#awaited.get(Buffer.from(payload).toString('latin1'))?.();
    return true;
  }

  async #send(client: MqttClient, mark: string): Promise<void> {
    const topic = await this.#topicOf(client);
    const returned = new Promise<void>((resolve) => this.#awaited.set(mark, resolve));
    await client.publishAsync(topic, mark, { qos: 0 });
    await returned;
  }

  #topicOf(client: MqttClient): Promise<string> {
    const known = this.#topics.get(client);
    if (known !== undefined) return known;
    const topic = this.#subscribe(client);
    this.#topics.set(client, topic);
    topic.catch(() => this.#topics.delete(client));
    return topic;
  }

  async #subscribe(client: MqttClient): Promise<string> {
    const topic = this.#above + client.options.clientId;
    const [granted] = await client.subscribeAsync(topic, { qos: 0 });
    if (granted?.qos === REFUSED) throw new BusUnavailable(`the broker refuses subscriptions to ${topic}`);
    return topic;
  }
}
