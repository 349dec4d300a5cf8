import { type Admin, Kafka as KafkaClient, logLevel, Partitioners, type ProducerRecord } from 'kafkajs';

/** Sets the settings of the topic that a URL names, and no others: the rest fall back to the broker's. */
export async function setTopic(url: string, settings: Record<string, string>): Promise<void> {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await administer(url, (admin, name) =>
    admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] }),
  );
}

/** What a topic is set to, its defaults too. */
export async function settingsOf(url: string): Promise<Record<string, string>> {
  const { resources } = await administer(url, (admin, name) =>
    admin.describeConfigs({ resources: [{ type: 2, name }], includeSynonyms: false }),
  );
  const entries = resources[0]?.configEntries ?? [];
  return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
}

/** Writes to the topic past the bus, as somebody else would. */
export async function writeTo(url: string, record: Omit<ProducerRecord, 'topic'>): Promise<void> {
  const producer = clientOf(url).producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: topicOf(url), ...record });
  await producer.disconnect();
}

async function administer<T>(url: string, ask: (admin: Admin, topic: string) => Promise<T>): Promise<T> {
  const admin = clientOf(url).admin();
  await admin.connect();
  try {
    return await ask(admin, topicOf(url));
  } finally {
    await admin.disconnect();
  }
}

function clientOf(url: string): KafkaClient {
  return new KafkaClient({ brokers: [new URL(url).host], logLevel: logLevel.NOTHING });
}

function topicOf(url: string): string {
  return new URL(url).pathname.slice(1) || 'carillon.messages';
}
