import { Kafka as KafkaClient, logLevel, Partitioners } from 'kafkajs';
import { describe } from 'vitest';
import { type Kafka, kafkaInstalled, startKafka } from '../../../tests/servers/kafka.ts';
import { openBus } from '../src/index.ts';
import { type BrokerVenue, brokerContract } from './broker-contract.ts';
import { busContract } from './contract.ts';

/** A JVM starts, on a machine that is busy with others. */
const START_WITHIN_MS = 90_000;

describe.runIf(kafkaInstalled)('the bus over Kafka', { timeout: 180_000 }, () => {
  const start = async () => venueOf(await startKafka());
  describe('as any bus', () => busContract(start, START_WITHIN_MS));
  describe('as its broker comes and goes', () => brokerContract(start, START_WITHIN_MS));
});

function venueOf(broker: Kafka): BrokerVenue {
  return {
    broker,
    open: () => openBus(broker.url),
    end: () => broker.stop(),
    async publishRaw(channel, payloads) {
      const client = new KafkaClient({ brokers: [`127.0.0.1:${broker.port}`], logLevel: logLevel.NOTHING });
      const producer = client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({
        topic: 'carillon.messages',
        messages: payloads.map((value) => ({ key: channel, value })),
      });
      await producer.disconnect();
    },
  };
}
