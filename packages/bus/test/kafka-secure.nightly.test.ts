import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificates } from '../../../tests/servers/certificates.ts';
import { type Kafka, kafkaInstalled, startKafka } from '../../../tests/servers/kafka.ts';
import { type Bus, type BusOptions, openBus } from '../src/index.ts';
import { busContract, HEARD_WITHIN, type Venue } from './contract.ts';
import { messageOf } from './message.ts';

/** With what a URL has to encode; Kafka's own tool that makes users allows no comma, bracket or equals sign. */
const PASSWORD = 'p@ss:w/ord?#%&';

describe.runIf(kafkaInstalled)('the bus over Kafka by TLS, with SCRAM-SHA-512', { timeout: 180_000 }, () => {
  let directory: string;
  let ca: string;
  let broker: Kafka;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carillon-kafka-tls-'));
    ca = makeCertificates(directory, 'kafka=localhost,127.0.0.1');
    broker = await startKafka({
      secure: {
        keystore: join(directory, 'kafka.keystore.pem'),
        ca,
        host: 'localhost',
        users: { carillon: PASSWORD, other: 'x' },
      },
    });
  });
  afterAll(async () => {
    await broker?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  describe('as any bus', () =>
    busContract(
      async (): Promise<Venue> => ({ open: () => openBus(broker.url, { ca }), end: async () => {} }),
    ));

  async function refused(url: string, options: BusOptions, reason: RegExp): Promise<void> {
    let bus: Bus | undefined;
    try {
      bus = await openBus(url, options);
      const publish = bus.publish.bind(bus, 'lobby', [messageOf('lobby', 1)]);
      await vi.waitFor(() => expect(publish()).rejects.toThrow(reason), { ...HEARD_WITHIN, timeout: 20_000 });
      expect(bus.connected).toBe(false);
    } finally {
      await bus?.close();
    }
  }

  it('says why where the password is wrong', () =>
    refused(broker.url.replace(encodeURIComponent(PASSWORD), 'wrong'), { ca }, /authentication failed/i));

  it('says why where the certificate is not trusted', () => refused(broker.url, {}, /certificate/));

  it('says why where the name is not that of the certificate', () =>
    refused(broker.url.replace('localhost', '127.0.0.2'), { ca }, /127\.0\.0\.2|does not match/));

  it('refuses who comes without TLS, or without a name', async () => {
    await refused(broker.url.replace('kafkas:', 'kafka:'), { ca }, /Kafka is unavailable/);
    await refused(broker.url.replace(/\/\/.*@/, '//'), { ca }, /Kafka is unavailable/);
  });

  it('says that the topic is missing, and how to make it', () =>
    refused(
      `${broker.url}/another`,
      { ca },
      /the topic another does not exist: create it with deploy\/kafka\/create-topics/,
    ));
});
