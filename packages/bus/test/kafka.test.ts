import { Kafka as KafkaClient, logLevel, Partitioners } from 'kafkajs';
import { describe } from 'vitest';
import { kafkaInstalled } from '../../../tests/servers/kafka.ts';
import { lentKafka } from '../../../tests/servers/lent.ts';
import { openBus } from '../src/index.ts';
import { busContract } from './contract.ts';
import { dropsUnreadable, type OpenVenue } from './unreadable.ts';

describe.runIf(kafkaInstalled)('the bus over Kafka', { timeout: 180_000 }, () => {
  describe('as any bus', () => busContract(start));
  describe('that others write to', () => dropsUnreadable(start));
});

async function start(): Promise<OpenVenue> {
  const url = await lentKafka();
  const { host, pathname } = new URL(url);
  return {
    open: () => openBus(url),
    end: async () => {},
    async publishRaw(channel, payloads) {
      const client = new KafkaClient({ brokers: [host], logLevel: logLevel.NOTHING });
      const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({
        topic: pathname.slice(1),
        messages: payloads.map((value) => ({ key: channel, value })),
      });
      await producer.disconnect();
    },
  };
}
