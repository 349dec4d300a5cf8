import { connect } from 'mqtt';
import { expect, it, vi } from 'vitest';
import { type BusOptions, openBus } from '../src/index.ts';
import { connections, HEARD_WITHIN, hear, type Venue } from './contract.ts';
import { messageOf } from './message.ts';

/** A bus over a broker that others write to as well. */
export interface OpenVenue extends Venue {
  /** Publishes what the bus itself never would, past it. */
  publishRaw(channel: string, payloads: readonly (string | Buffer)[]): Promise<void>;
}

/** The bus of the MQTT broker at `url`, under the prefix that this ends with, or the usual one. */
export function mqttVenue(
  url: string,
  { end = async () => {}, ...options }: BusOptions & { end?: () => Promise<void> } = {},
): OpenVenue {
  return {
    open: () => openBus(url, options),
    end,
    async publishRaw(channel, payloads) {
      const { protocol, host, username, password, pathname } = new URL(url);
      const client = connect(`${protocol}//${host}`, {
        reconnectPeriod: 0,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
        ...(username === '' ? {} : { username, password: decodeURIComponent(password) }),
      });
      const prefix = pathname.slice(1) || 'carillon';
      for (const payload of payloads) {
        await client.publishAsync(`${prefix}/channels/${channel}`, payload, { qos: 1 });
      }
      await client.endAsync();
    },
  };
}

/** What every bus over a broker does with what others write there. Call it within a `describe`; `start` is called once. */
export function dropsUnreadable(start: () => Promise<OpenVenue>): void {
  const { venue, connection } = connections(start);

  it('drops what it cannot read, and brings what comes next', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const heard = await hear(reader);
    const fault = vi.fn();
    process.on('uncaughtException', fault);
    await venue().publishRaw('lobby', UNREADABLE);
    await venue().publishRaw('Not A Channel', ['x']);
    await writer.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    process.off('uncaughtException', fault);
    expect(heard.messages).toEqual([messageOf('lobby', 1)]);
    expect(fault).not.toHaveBeenCalled();
  });
}

const UNREADABLE = [
  'garbage',
  '',
  '{}',
  'null',
  '{"channel":"lobby","events":[]}',
  '{"channel":"lobby","events":[{"channel":"lobby","seq":1}]}',
  JSON.stringify({ channel: 'other', events: [messageOf('other', 1)] }),
  JSON.stringify({ channel: 'lobby', events: [messageOf('other', 1)] }),
  JSON.stringify({ channel: 'lobby', events: [messageOf('lobby', 2), messageOf('lobby', 2)] }),
  '['.repeat(100_000),
  Buffer.from([0xff, 0xfe, 0x00]),
];
