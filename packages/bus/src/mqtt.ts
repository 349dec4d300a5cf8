import type { LogEvent } from '@carillon/protocol';
import type { MqttClient } from 'mqtt';
import { type Bus, type BusLink, BusUnavailable, type Receiver, type Traces } from './bus.ts';
import { decodeEnvelope, encodeEnvelopes } from './envelope.ts';
import { InFlight } from './in-flight.ts';
import { linkOf } from './link-of.ts';
import { type MqttAddress, parseMqttUrl } from './mqtt-address.ts';
import { MqttEcho } from './mqtt-echo.ts';
import { MqttLink } from './mqtt-link.ts';
import type { BusOptions } from './options.ts';
import { PassedOver } from './passed-over.ts';
import { Receivers } from './receivers.ts';

/** How long closing waits for acknowledgements. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * A bus over an MQTT 3.1.1 broker, each channel at the topic `{prefix}/channels/{channel}`. `url` is
 * `mqtt://[user:password@]host[:port][/prefix]`, or `mqtts://` for TLS. Throws TypeError for any other URL.
 */
export function openMqttBus(url: string, options: BusOptions = {}): Bus {
  return new MqttBus(parseMqttUrl(url, options.topicsPrefix), options);
}

class MqttBus implements Bus {
  readonly #receivers = new Receivers();
  /** The part of a topic before the channel's name. */
  readonly #channels: string;
  readonly #link: MqttLink;
  readonly #inFlight: InFlight;
  readonly #echo: MqttEcho;
  #closed = false;

  constructor(address: MqttAddress, options: BusOptions) {
    const channels = `${address.prefix}/channels/`;
    this.#channels = channels;
    this.#echo = new MqttEcho(`${address.prefix}/checks/`);
    const passedOver = new PassedOver('MQTT', options);
    this.#link = new MqttLink(address, `${channels}+`, options, (topic, payload) => {
      if (this.#echo.takes(topic, payload)) return;
      const channel = topic.slice(channels.length);
      this.#receivers.deliver(channel, () => {
        const envelope = decodeEnvelope(payload, channel);
        if (envelope === undefined) {
          passedOver.note('unreadable', { reason: 'it is not an envelope of its channel' });
        }
        return envelope;
      });
    });
    this.#inFlight = new InFlight(() => this.#link.drop('it stopped acknowledging'));
  }

  get connected(): boolean {
    return !this.#closed && this.#link.client !== undefined;
  }

  async publish(channel: string, events: readonly LogEvent[], traces?: Traces): Promise<void> {
    const client = this.#connection();
    const envelopes = encodeEnvelopes(channel, events, traces).map((text) => ({
      text,
      bytes: Buffer.byteLength(text),
    }));
    const bytes = envelopes.reduce((sum, envelope) => sum + envelope.bytes, 0);
    if (!this.#inFlight.hasRoomFor(envelopes.length, bytes)) {
      throw new BusUnavailable('too many messages are waiting for the broker to acknowledge them');
    }
    const topic = this.#channels + channel;
    await Promise.all(envelopes.map((envelope) => this.#send(client, topic, envelope)));
  }

  async subscribe(receive: Receiver, wanted?: (channel: string) => boolean): Promise<() => Promise<void>> {
    if (this.#closed) throw new BusUnavailable('the bus is closed');
    const remove = this.#receivers.add(receive, wanted);
    await this.#link.listen();
    return async () => {
      remove();
      if (this.#receivers.size === 0) await this.#link.unlisten();
    };
  }

  readonly links: readonly BusLink[] = [linkOf('MQTT', this, () => this.#ping())];

  async #ping(): Promise<void> {
    await this.#echo.ping(this.#connection());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inFlight.drained(CLOSE_WITHIN_MS);
    this.#inFlight.stop();
    this.#link.close();
  }

  #connection(): MqttClient {
    const client = this.#link.client;
    if (client !== undefined && !this.#closed) return client;
    throw new BusUnavailable(`the broker is unavailable: ${this.#link.reason}`);
  }

  /** At QoS 1: the callback is called with the broker's acknowledgement, or with an error when the connection ends. */
  #send(client: MqttClient, topic: string, { text, bytes }: { text: string; bytes: number }): Promise<void> {
    const settled = this.#inFlight.send(bytes);
    return new Promise((resolve, reject) => {
      client.publish(topic, text, { qos: 1 }, (error) => {
        settled();
        if (error) reject(new BusUnavailable('the connection to the broker was lost', { cause: error }));
        else resolve();
      });
    });
  }
}
