import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  Kafka as KafkaClient,
  logLevel,
  ResourcePatternTypes,
} from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificates } from '../../../tests/servers/certificates.ts';
import { freePort } from '../../../tests/servers/free-port.ts';
import { type Kafka, kafkaInstalled, startKafka } from '../../../tests/servers/kafka.ts';
import { startTcpProxy, type TcpProxy } from '../../../tests/servers/tcp-proxy.ts';
import { type Bus, openBus } from '../src/index.ts';
import { HEARD_WITHIN, publishUntilTaken } from './contract.ts';
import { listening, type Told } from './listening.ts';
import { messageOf } from './message.ts';

const WITHIN = { timeout: 60_000, interval: 20 };
const TOPIC = 'carillon.messages';
const USER = 'service';

describe.runIf(kafkaInstalled)('a user of Kafka', { timeout: 180_000 }, () => {
  let directory: string;
  let ca: string;
  let broker: Kafka;
  let proxy: TcpProxy;
  let connections = 0;
  /** For the user who may do little. */
  let url: string;
  const opened: Bus[] = [];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carillon-kafka-acl-'));
    ca = makeCertificates(directory, 'kafka=localhost,127.0.0.1');
    const port = await freePort();
    proxy = await startTcpProxy(port, () => {
      connections++;
      return {};
    });
    broker = await startKafka({
      port,
      advertisedPort: proxy.port,
      secure: {
        keystore: join(directory, 'kafka.keystore.pem'),
        ca,
        host: 'localhost',
        users: { admin: 'admin', [USER]: 'service' },
      },
      settings: [
        'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users=User:admin;User:ANONYMOUS',
      ],
    });
    url = broker.url.replace('admin:admin', 'service:service');
    await may(AclResourceTypes.TOPIC, TOPIC, AclOperationTypes.DESCRIBE);
    await may(AclResourceTypes.GROUP, '*', AclOperationTypes.READ);
    await may(AclResourceTypes.CLUSTER, 'kafka-cluster', AclOperationTypes.IDEMPOTENT_WRITE);
  });
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
  afterAll(async () => {
    await broker?.stop();
    await proxy?.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function may(resourceType: number, resourceName: string, operation: number): Promise<void> {
    const admin = new KafkaClient({
      brokers: [new URL(broker.url).host],
      ssl: { ca: [ca] },
      sasl: { mechanism: 'scram-sha-512', username: 'admin', password: 'admin' },
      logLevel: logLevel.NOTHING,
    }).admin();
    await admin.connect();
    await admin.createAcls({
      acl: [
        {
          resourceType,
          resourceName,
          resourcePatternType: ResourcePatternTypes.LITERAL,
          principal: `User:${USER}`,
          host: '*',
          operation,
          permissionType: AclPermissionTypes.ALLOW,
        },
      ],
    });
    await admin.disconnect();
  }

  /** What a bus of the user told, once it was away and has tried again for some times. */
  async function untilItTriedAgain(told: Told): Promise<typeof told.lines> {
    const away = () => told.lines.filter(({ message }) => message === 'Kafka is unavailable');
    await vi.waitUntil(() => away().length > 0, WITHIN);
    const before = connections;
    await vi.waitUntil(() => connections >= before + 8, WITHIN);
    return away();
  }

  const awayTo = (purpose: string) => [
    {
      level: 'warn',
      message: 'Kafka is unavailable',
      fields: { purpose, reason: expect.stringMatching(/authoriz/i) },
    },
  ];

  it('who may join a group and not read is away, said once with the reason, until that is allowed', async () => {
    const told = listening();
    const bus = await openBus(url, { ca, group: 'reads', ...told.options });
    opened.push(bus);
    const heard: number[] = [];
    await bus.subscribe((_channel, events) => {
      heard.push(...events.map(({ seq }) => seq));
    });
    const seen = new Set<boolean>();
    const watch = setInterval(() => seen.add(bus.connected), 1);
    expect(await untilItTriedAgain(told)).toEqual(awayTo('subscribe'));
    clearInterval(watch);
    expect([...seen]).toEqual([false]);

    await may(AclResourceTypes.TOPIC, TOPIC, AclOperationTypes.READ);
    await vi.waitUntil(() => bus.connected, WITHIN);
    expect(told.lines.at(-1)?.message).toBe('Kafka is available again');
    const writer = await openBus(broker.url, { ca });
    opened.push(writer);
    await publishUntilTaken(writer, messageOf('lobby', 1), HEARD_WITHIN.timeout);
    await vi.waitUntil(() => heard.includes(1), WITHIN);
  });

  it('who may see a topic and not write is away from the first message on, until that is allowed', async () => {
    const told = listening();
    const bus = await openBus(url, { ca, ...told.options });
    opened.push(bus);
    await vi.waitUntil(() => bus.connected, WITHIN);
    await expect(bus.publish('lobby', [messageOf('lobby', 2)])).rejects.toThrow(/authoriz/i);
    const seen = new Set<boolean>();
    const watch = setInterval(() => seen.add(bus.connected), 1);
    expect(await untilItTriedAgain(told)).toEqual(awayTo('publish'));
    clearInterval(watch);
    expect([...seen]).toEqual([false]);

    await may(AclResourceTypes.TOPIC, TOPIC, AclOperationTypes.WRITE);
    await vi.waitUntil(() => bus.connected, WITHIN);
    expect(told.lines.at(-1)?.message).toBe('Kafka is available again');
    await bus.publish('lobby', [messageOf('lobby', 2)]);
  });
});
